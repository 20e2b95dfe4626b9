@tool
extends "checks.gd"
## The cutscene editor: keys are dragged, undone and saved as text; the preview follows the playhead; problems come from the daemon's check.

const Cutscenes := preload("res://addons/dreambridge/editor/cutscene/panel.gd")
const Shots := preload("res://addons/dreambridge/editor/cutscene/animation.gd")
const NewCutscene := preload("res://addons/dreambridge/editor/cutscene/new_cutscene.gd")
const PATH := "res://card.dream.json"

var cutscene: DreamCutscene


func run() -> void:
	var scene := await open("res://scene_2d.tscn")
	await show_dock(true)
	dock().daemon_box._on_path(OS.get_environment("PYTHON"))
	cutscene = load(PATH)
	EditorInterface.edit_resource(cutscene)
	got["opened"] = await until(func() -> bool: return panel() != null and panel().is_visible_in_tree() and panel().cutscene == cutscene)
	got["shots"] = panel().shots.get_root().get_children().map(func(item: TreeItem) -> String: return "%s: %s" % [item.get_text(0), item.get_text(1)])
	await ticks(5)
	drags()
	await several()
	zooms()
	await graph()
	saves()
	others()
	await ticks(2)
	await checks()
	await follows(scene.get_node("DreamStream") as DreamStream)
	converts()
	names()
	panel().apply("Back", FileAccess.get_file_as_string(PATH))
	EditorInterface.get_base_control().find_child("Cutscene", true, false)
	panel().hide()
	await ticks(3)
	dock().daemon_box._on_path("")
	got["left"] = (scene.get_node("DreamStream") as DreamStream).state_name
	got["held"] = held()["rings"]


func panel() -> Cutscenes:
	var found := EditorInterface.get_base_control().find_children("Cutscene", "VBoxContainer", true, false)
	return found[0] if found else null


func undo() -> UndoRedo:
	var history := EditorInterface.get_editor_undo_redo()
	return history.get_history_undo_redo(history.get_object_history_id(cutscene))


## A key of the lane level from 2 s to 3 s, by the mouse.
func drags() -> void:
	var before := cutscene.document
	drag(2.0, 0, 3.0)
	got["dragged"] = before.replace("\"at\": 2, \"value\": 0.4", "\"at\": 3, \"value\": 0.4") == cutscene.document
	drag(3.0, 0, 1.0)
	drag(4.0, 0, 0.5)
	got["in_order"] = cutscene.data()["shots"]["rise"]["lanes"]["level"]["keys"].map(func(key: Dictionary) -> float: return key["at"])
	drag(2.0, -1, 1.5)
	got["mark"] = cutscene.data()["shots"]["rise"]["marks"]
	got["steps"] = 0
	while cutscene.document != before and got["steps"] < 9:
		undo().undo()
		got["steps"] += 1
	got["undone"] = cutscene.document == before
	undo().redo()


func drag(from: float, row: int, to: float) -> void:
	var timeline := panel().timeline
	var press := InputEventMouseButton.new()
	press.button_index = MOUSE_BUTTON_LEFT
	press.pressed = true
	press.position = timeline.place(from, row) + Vector2(1, 0)
	timeline._gui_input(press)
	var motion := InputEventMouseMotion.new()
	motion.position = timeline.place(to, row) + Vector2(1, 0)
	timeline._gui_input(motion)
	var release := InputEventMouseButton.new()
	release.button_index = MOUSE_BUTTON_LEFT
	release.position = motion.position
	timeline._gui_input(release)


## Keys chosen by a box, with Shift, and all; moved together, eased together, removed together, each in one step of undo.
func several() -> void:
	var before := cutscene.document
	var timeline := panel().timeline
	hold(timeline.place(-0.2, 0) - Vector2(0, 8), timeline.place(3.5, 0) + Vector2(0, 8))
	got["boxed"] = timeline.chosen.map(func(path: Array) -> int: return path[3])
	hold(timeline.place(4.0, 0), timeline.place(4.0, 0), true)
	got["added_by_shift"] = timeline.chosen.size()
	hold(timeline.place(0.0, 0), timeline.place(0.0, 0), true)
	got["taken_by_shift"] = timeline.chosen.map(func(path: Array) -> int: return path[3])
	drag(4.0, 0, 3.5)
	var times := func() -> Array: return cutscene.data()["shots"]["rise"]["lanes"]["level"]["keys"].map(func(key: Dictionary) -> float: return key["at"])
	got["together"] = [times.call(), timeline.chosen.map(func(path: Array) -> int: return path[3])]
	await ticks(2)
	got["several_shown"] = panel().details.find_children("*", "Label", true, false).any(func(label: Node) -> bool: return (label as Label).text == "2 keys")
	panel().details.edited_all.emit(timeline.chosen, "easing", "smooth")
	got["eased"] = cutscene.data()["shots"]["rise"]["lanes"]["level"]["keys"].map(func(key: Dictionary) -> String: return key.get("easing", ""))
	timeline.choose_all()
	type(KEY_DELETE)
	got["none_left"] = cutscene.data()["shots"]["rise"]["lanes"]
	for k in 3:
		undo().undo()
	got["several_undone"] = cutscene.document == before
	timeline.selection = []


func zooms() -> void:
	var timeline := panel().timeline
	var width := timeline.place(4.0, 0).x - timeline.place(0.0, 0).x
	var middle := timeline.place(2.0, 0)
	wheel(middle, true, MOUSE_BUTTON_WHEEL_UP)
	got["zoomed"] = [(timeline.place(4.0, 0).x - timeline.place(0.0, 0).x) / width, absf(timeline.place(2.0, 0).x - middle.x) < 1.0]
	var before := cutscene.document
	drag(3.0, 0, 2.5)
	got["dragged_zoomed"] = before.replace("\"at\": 3, \"value\": 0.4", "\"at\": 2.5, \"value\": 0.4") == cutscene.document
	undo().undo()
	var first := timeline.place(2.0, 0).x
	wheel(middle, false, MOUSE_BUTTON_WHEEL_DOWN)
	got["scrolled"] = timeline.place(2.0, 0).x < first
	type(KEY_F)
	got["fits"] = is_equal_approx(timeline.place(4.0, 0).x - timeline.place(0.0, 0).x, width)


## The graph shows the ways of the document; a line to another box leads a way there, with undo.
func graph() -> void:
	panel().show_graph(true)
	await ticks(3)
	got["graph"] = [panel().graph.visible, panel().timeline.is_visible_in_tree(), panel().graph.lines_from("rise"), panel().graph.lines_from("fall")]
	await shot("graph")
	var before := cutscene.document
	var boxes := panel().graph.get_children().filter(func(node: Node) -> bool: return node is GraphNode)
	panel().graph.connection_request.emit(boxes[0].name, 0, boxes[1].name, 0)
	await ticks(3)
	got["led"] = [panel().graph.lines_from("rise"), cutscene.data()["shots"]["rise"]["next"]["choice"][0]["then"]]
	undo().undo()
	got["led_back"] = cutscene.document == before
	await ticks(2)
	panel().graph.node_selected.emit(panel().graph.get_children().filter(func(node: Node) -> bool: return node is GraphNode)[1])
	await ticks(3)
	got["graph_shot"] = panel().shot
	panel().show_shot("rise")
	panel().show_graph(false)
	await ticks(2)


## A drag of the left button, or a click.
func hold(from: Vector2, to: Vector2, with_shift := false) -> void:
	for step: int in 3:
		var event: InputEventMouse = InputEventMouseMotion.new()
		if step != 1:
			var click := InputEventMouseButton.new()
			click.button_index = MOUSE_BUTTON_LEFT
			click.pressed = step == 0
			event = click
		event.position = from if step == 0 else to
		event.shift_pressed = with_shift
		panel().timeline._gui_input(event)


func wheel(at: Vector2, control: bool, button: MouseButton) -> void:
	var event := InputEventMouseButton.new()
	event.button_index = button
	event.pressed = true
	event.position = at
	event.ctrl_pressed = control
	event.shift_pressed = not control
	panel().timeline._gui_input(event)


func type(key: Key) -> void:
	var event := InputEventKey.new()
	event.keycode = key
	event.pressed = true
	panel().timeline._gui_input(event)


func saves() -> void:
	var before := FileAccess.get_file_as_string(PATH)
	got["unsaved"] = panel().is_unsaved()
	panel().save()
	got["saved"] = [FileAccess.get_file_as_string(PATH) == before.replace("\"at\": 2, \"value\": 0.4", "\"at\": 3, \"value\": 0.4"), panel().is_unsaved()]


## Another program writes the file.
func others() -> void:
	var mine := FileAccess.get_file_as_string(PATH)
	var theirs := mine.replace("\"length\": 3", "\"length\": 3.5")
	FileAccess.open(PATH, FileAccess.WRITE).store_string(theirs)
	panel().take_from_file()
	got["taken"] = cutscene.document == theirs and not panel().is_unsaved()
	panel().apply("Mine", mine)
	FileAccess.open(PATH, FileAccess.WRITE).store_string(mine + "\n")
	panel().save()
	got["asked"] = [FileAccess.get_file_as_string(PATH) == mine + "\n", panel().toolbar._message.text.contains("another program")]
	panel().save()
	got["overwritten"] = FileAccess.get_file_as_string(PATH) == mine
	NewCutscene.make("res://fresh one.dream.json", "testcard")
	got["fresh"] = [panel().cutscene.resource_path, panel().shots.get_root().get_child(0).get_text(0)]
	EditorInterface.edit_resource(cutscene)


## The document has unknown fields, which the check tells, with their places.
func checks() -> void:
	await until(func() -> bool: return panel().problems.problems.size() > 0)
	got["problems"] = panel().problems.problems.map(func(problem: Dictionary) -> Array: return [problem["line"], problem["path"]])
	# Without what the daemon refuses.
	var clean: Dictionary = cutscene.data()
	clean.erase("x_note")
	clean["seed"] = 3
	(clean["shots"]["rise"]["lanes"]["level"]["keys"][2] as Dictionary).erase("x_why")
	clean["shots"]["rise"]["lanes"]["level"]["keys"][1] = {"at": 2.0, "value": 0.4, "easing": "linear"}
	panel().apply("Clean", JSON.stringify(clean, "  ", false))
	got["clean"] = await until(func() -> bool: return panel().problems.problems.is_empty())
	var right := cutscene.document
	panel().apply("Wrong", right.replace("\"value\": 0.4", "\"value\": 7"))
	await until(func() -> bool: return panel().problems.problems.size() > 0)
	got["wrong"] = panel().problems.problems.map(func(problem: Dictionary) -> Array: return [problem["path"], problem["message"]])
	await ticks(3)
	await shot("cutscene")
	panel().apply("Right", right)


func follows(stream: DreamStream) -> void:
	panel().timeline.scrubbed.emit(2.0)
	got["at_2"] = await until(func() -> bool: return near(level(stream), 0.4))
	panel().timeline.scrubbed.emit(4.0)
	panel().timeline.scrubbed.emit(1.0)
	got["at_1"] = await until(func() -> bool: return near(level(stream), 0.2))
	await until(func() -> bool: return not panel()._follow._busy)
	got["paused"] = stream.state_name
	panel().toolbar.played.emit()
	got["played"] = await until(func() -> bool: return stream.state_name in ["playing", "slowed"] and stream._cutscene.status == "choosing")


func level(_stream: DreamStream) -> float:
	var picture := dock().screen_texture()
	return picture.get_image().get_pixel(0, 220).r8 / 255.0 if picture and picture.get_height() > 220 else -1.0


static func near(a: float, b: float) -> bool:
	return absf(a - b) < 0.03


func converts() -> void:
	var shot_data: Dictionary = cutscene.data()["shots"]["rise"]
	var made := Shots.from_shot(shot_data, "DreamStream")
	got["track"] = [str(made.track_get_path(0)), made.length, is_equal_approx(made.value_track_interpolate(0, 1.0) as float, 0.2)]
	var left_out := PackedStringArray()
	made.add_track(Animation.TYPE_VALUE)
	made.track_set_path(1, "Sprite:position")
	var back := Shots.to_shot(made, left_out)
	got["round"] = [back["lanes"]["level"]["keys"].map(func(key: Dictionary) -> Array: return [key["at"], key["value"], key.get("easing", "")]), back["length"], back.get("marks"), left_out]


func names() -> void:
	panel().shot = "rise"
	panel().edits.rename_shot("dawn")
	var data: Dictionary = cutscene.data()
	got["renamed"] = [data["start"], data["shots"].keys(), data["shots"]["dawn"]["next"]["choice"][0]["then"], data["shots"]["fall"]["next"]["then"]]
	panel().edits.add_key("level", 3.5)
	got["added"] = cutscene.data()["shots"]["dawn"]["lanes"]["level"]["keys"].size()
	panel().edits.remove([["lanes", "level", "keys", 0]] as Array[Array])
	panel().edits.remove([["lanes", "level", "keys", 0]] as Array[Array])
	panel().edits.remove([["lanes", "level", "keys", 0]] as Array[Array])
	panel().edits.remove([["lanes", "level", "keys", 0]] as Array[Array])
	got["no_lane"] = cutscene.data()["shots"]["dawn"]["lanes"]
