extends "driver.gd"
## The story of the tests in Dialogue Manager, the real one or the stand-in (STORIES: tests/story; DAEMON): what each way directs, the pixels, options made
## ahead. Prints JSON.

class State:
	var lamp := 0.0
	var oil := 0

var manager: Node
var lamp: Resource
var state := State.new()


func _initialize() -> void:
	await process_frame
	manager = root.get_node("DialogueManager")
	add_director()
	lamp = manager.call("create_resource_from_text", story("lamp.dialogue"))
	got["paths"] = []
	for expected: Dictionary in ways():
		(got["paths"] as Array).append(await play(expected["way"] as Array))
	got["alone_errors"] = errors.duplicate()
	await open_stream()
	var played := await play(["Light", "Pour", "Shade"], "Almost nothing is left of the light.")
	got["seen"] = [played["seen"], director.adopted, director.directed]
	finish()


## Once through the story; {way, told, texts}, and whether the picture was that of the lamp at the text [param when].
func play(way: Array, when := "") -> Dictionary:
	told.clear()
	var texts: Array[String] = []
	var left := way.duplicate()
	var seen := false
	var states := [director, state]
	var line: Object = await manager.call("get_next_dialogue_line", lamp, "quay", states)
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
				await made_ahead(count)
			var wanted: String = left.pop_front()
			for index in responses.size():
				var response: Object = responses[index]
				if response.get("is_allowed") and str(response.get("text")).begins_with(wanted):
					await director.choose(index)
					next = response.get("next_id")
					break
		line = await manager.call("get_next_dialogue_line", lamp, next, states)
	return {"way": way, "told": told.duplicate(), "texts": texts, "seen": seen}
