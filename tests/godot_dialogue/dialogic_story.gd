extends "driver.gd"
## The story of the tests in Dialogic (STORIES: tests/story; DAEMON): what each way directs, the pixels, choices made ahead, auto-skip, a save.
## The project has Dialogic, the real one or the stand-in, and our event in addons/dialogic_additions. Prints JSON.

const WAITING := "dream: level=0.9\ndream: wait shown limit=60\nAfter the wait.\nThe end."

var dialogic: Node
var texts: Array[String] = []
var ended := false
var chosen := false
var kept: Array[Resource] = []


func _initialize() -> void:
	await process_frame
	dialogic = root.get_node("Dialogic")
	add_director()
	dialogic.get("Choices").connect("choice_selected", func(_info: Dictionary) -> void: chosen = true)
	dialogic.connect("timeline_ended", func() -> void: ended = true)
	dialogic.get("Text").connect("text_started", func(info: Dictionary) -> void: texts.append(str(info["text"])))
	var lamp := story("lamp.dtl")
	var paths: Array[Dictionary] = []
	for expected: Dictionary in ways():
		paths.append(await play(lamp, expected["way"] as Array))
	got["paths"] = paths
	got["alone_errors"] = errors.duplicate()
	await open_stream()
	var look := func() -> bool: return level() == roundi(255 * 0.2)
	var played := await play(lamp, ["Light", "Pour", "Shade"], "Almost nothing is left of the light.", look)
	got["seen"] = [played["seen"], director.adopted, director.directed]
	await saves(lamp)
	await skips()
	await changes_scene(lamp)
	finish()


func begin(text: String) -> void:
	texts = []
	ended = false
	var made: Resource = (load("res://addons/dialogic/Resources/timeline.gd") as GDScript).new()
	made.call("from_text", text)
	made.take_over_path("res://story_%d.dtl" % kept.size())
	kept.append(made)
	dialogic.call("start", made.resource_path)
	await frames(4)


## Once through the story; {way, told, texts}, and whether [param look] was true at the text [param when].
func play(text: String, way: Array, when := "", look := Callable()) -> Dictionary:
	told.clear()
	await begin(text)
	var left := way.duplicate()
	var seen := false
	while not ended:
		if when and texts and texts[-1] == when and not seen:
			seen = await until(look)
		await turn(left)
	return {"way": way, "told": told.duplicate(), "texts": texts.duplicate(), "seen": seen}


## The player goes on: to the next line, or by a choice.
func turn(left: Array) -> void:
	if dialogic.get("current_state") == dialogic.States.AWAITING_CHOICE:
		if stream:
			var offered: Dictionary = dialogic.call("get_subsystem", "Dream").get("_offered")
			var count := offered.values().filter(func(option: Array) -> bool: return not (option[1] as Array).is_empty()).size()
			await made_ahead(count)
		for choice: Dictionary in dialogic.get("Choices").get("last_question_info")["choices"]:
			if left and str(choice["text"]).begins_with(str(left[0])) and not choice["disabled"]:
				chosen = false
				dialogic.get("Choices").call("select_choice", choice["button_index"])
				if chosen:
					left.pop_front()
				break
	elif dialogic.get("current_state") != dialogic.States.WAITING:
		dialogic.get("Inputs").call("handle_input")
	await frames(2)


## A save of Dialogic, made at a line: the text and the picture are there again, also if the picture of that line had not come yet.
func saves(text: String) -> void:
	var dream: Node = dialogic.call("get_subsystem", "Dream")
	await begin(text)
	await until(func() -> bool: return not texts.is_empty() and dream.get("picture") != "" and not is_instance_valid(dream.get("_saves")) and (dream.get("since") as Array).is_empty())
	await until(func() -> bool: return level() == 26)
	var state: Variant = dialogic.call("get_full_state")
	dream.set("since", ["level=0.6"])
	var early: Variant = dialogic.call("get_full_state")
	var loaded: Array = []
	for saved: Array in [[state, 26], [early, 153]]:
		await director.tags(["dream: cut level=0.9", "dream: wait shown"])
		var before := level()
		dialogic.call("load_full_state", saved[0])
		var there := func() -> bool: return dialogic.get("current_timeline") != null and level() == saved[1]
		loaded.append([before, await until(there), dialogic.get("current_timeline_events")[dialogic.get("current_event_idx")].get("text")])
	got["loaded"] = loaded


## Director and scene go while a picture is made, and while an option is made the stream's own: the next scene's story goes on.
func changes_scene(text: String) -> void:
	stream.resume()
	var dream: Node = dialogic.call("get_subsystem", "Dream")
	await begin(text)
	await until(func() -> bool: return not is_instance_valid(dream.get("_saves")))
	dream.set("picture", "")
	dream.set("_again", true)
	dream.call("_take_picture")
	var saved := is_instance_valid(dream.get("_saves"))
	another()
	dream.set("_again", true)
	dream.call("_take_picture")
	got["picture"] = [saved, await until(func() -> bool: return dream.get("picture") != "")]
	while dialogic.get("current_state") != dialogic.States.AWAITING_CHOICE:
		await turn([])
	var way := ["Light"]
	var chooses := [0]
	var change := func(_info: Dictionary) -> void:
		chooses[0] = director._choosing
		another.call_deferred()
	dialogic.get("Choices").connect("choice_selected", change, CONNECT_ONE_SHOT)
	await turn(way)
	var before := texts.size()
	for k in 200:
		if texts.size() == before:
			await turn([])
	got["went_on"] = [way, chooses[0], texts.size() > before]
	# A picture that is refused is not asked for at each line.
	director.free()
	var refuses := Refuses.new()
	refuses.stream = stream
	root.add_child(refuses)
	for k in 3:
		dream.set("_again", true)
		dream.call("_take_picture")
		await frames(2)
	var asked := refuses.asked
	stream.stop()
	stream.start()
	await stream.opened
	dream.call("_take_picture")
	got["refused"] = [asked, refuses.asked]


# As with a model whose state is too large.
class Refuses extends DreamDirector:
	var asked := 0

	func save() -> String:
		asked += 1
		return ""


## The director of the next scene.
func another() -> void:
	director.free()
	director = DreamDirector.new()
	director.preroll = 0.3
	director.stream = stream
	add_director()


## A wait in the timeline ends when the player clicks, and while Dialogic skips.
func skips() -> void:
	stream.pause()
	await until(func() -> bool: return stream.state == DreamStream.State.PAUSED)
	var found := []
	for skipping: bool in [false, true]:
		await begin(WAITING)
		await until(func() -> bool: return dialogic.get("current_state") == dialogic.States.WAITING)
		await frames(10)
		found.append(texts.is_empty())
		if skipping:
			dialogic.get("Inputs").get("auto_skip").set("enabled", true)
		else:
			dialogic.get("Inputs").call("handle_input")
		found.append(await until(func() -> bool: return "After the wait." in texts, 20.0))
		dialogic.get("Inputs").get("auto_skip").set("enabled", false)
	got["skipped"] = found
