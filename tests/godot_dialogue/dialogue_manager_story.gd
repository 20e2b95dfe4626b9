extends SceneTree
## The story of the tests in Dialogue Manager, the real one or the stand-in (STORIES: tests/story; DAEMON): what each way directs, the pixels, options made
## ahead. Prints JSON.

class State:
	var lamp := 0.0
	var oil := 0

var manager: Node
var story: Resource
var state := State.new()
var director := DreamDirector.new()
var stream: DreamStream
var errors: Array[String] = []


func _initialize() -> void:
	await process_frame
	manager = root.get_node("DialogueManager")
	director.limit = 60.0
	director.failed.connect(func(code: String, _message: String, _hint: String) -> void: errors.append(code))
	root.add_child(director)
	story = manager.call("create_resource_from_text", FileAccess.get_file_as_string(OS.get_environment("STORIES").path_join("lamp.dialogue")))
	var got := {"paths": []}
	for expected: Dictionary in JSON.parse_string(FileAccess.get_file_as_string(OS.get_environment("STORIES").path_join("lamp.json"))):
		got["paths"].append(await play(expected["way"] as Array))
	got["alone_errors"] = errors.duplicate()
	errors.clear()
	stream = DreamStream.new()
	stream.bundle = "testcard"
	stream.threads = 1
	stream.seed = 7
	stream.daemon = OS.get_environment("DAEMON")
	root.add_child(stream)
	director.stream = stream
	await stream.opened
	director.preroll = 0.3
	var played := await play(["Light", "Pour", "Shade"], "Almost nothing is left of the light.")
	got["seen"] = [played["seen"], director.adopted, director.directed]
	got["errors"] = errors
	print(JSON.stringify(got, "", true, true))
	quit()


## Once through the story; {way, told, texts}, and whether the picture was that of the lamp at the text [param when].
func play(way: Array, when := "") -> Dictionary:
	var told: Array[Dictionary] = []
	var listen := func(s: Dictionary) -> void: told.append(s)
	director.told.connect(listen)
	var texts: Array[String] = []
	var left := way.duplicate()
	var seen := false
	var states := [director, state]
	var line: Object = await manager.call("get_next_dialogue_line", story, "quay", states)
	while line:
		texts.append(line.get("text"))
		if when and texts[-1] == when:
			seen = await until(func() -> bool: return level() == roundi(255 * state.lamp))
		var responses: Array = line.get("responses")
		var next: String = line.get("next_id")
		if responses:
			director.offer(responses.map(func(r: Object) -> Array: return Array(r.get("tags") as PackedStringArray)))
			if stream:
				var count := responses.filter(func(r: Object) -> bool: return not (r.get("tags") as PackedStringArray).is_empty()).size()
				await until(func() -> bool: return not director._ahead._busy and director._ahead._made.size() == count)
			var wanted: String = left.pop_front()
			for index in responses.size():
				var response: Object = responses[index]
				if response.get("is_allowed") and str(response.get("text")).begins_with(wanted):
					await director.choose(index)
					next = response.get("next_id")
					break
		line = await manager.call("get_next_dialogue_line", story, next, states)
	director.told.disconnect(listen)
	return {"way": way, "told": told, "texts": texts, "seen": seen}


func until(what: Callable, seconds := 20.0) -> bool:
	var end := Time.get_ticks_msec() + int(seconds * 1000)
	while not what.call() and Time.get_ticks_msec() < end:
		await process_frame
	return what.call()


func level() -> int:
	return stream.texture._image.get_pixel(10, 220).r8 if stream.texture._image else -1
