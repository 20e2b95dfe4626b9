@tool
extends "checks.gd"
## Takes the pictures of docs/godot.md (devtools/editor_pictures.py).


const EnvironmentPage := preload("res://addons/dreambridge/editor/environment/page.gd")


func run() -> void:
	await show_dock(true)
	sections(["Conditions"])
	for take in OS.get_environment("TAKES").split(" "):
		if take != "environment":
			dock().daemon_box._on_path(OS.get_environment("PYTHON"))
		await call(take)


## Project Settings > Dreambridge while the environment is being installed.
func environment() -> void:
	var page: EnvironmentPage = EditorInterface.get_base_control().find_children("Dreambridge", "ScrollContainer", true, false)[0]
	page.open()
	await until(func() -> bool: return not page.is_busy() and not page.pythons.found.is_empty())
	page._on_install()
	await until(func() -> bool: return page.installer.done > 0.4)
	await ticks(5)
	await RenderingServer.frame_post_draw
	var window := page.get_window()
	var shown := window.get_texture() if not window.is_embedded() else EditorInterface.get_base_control().get_viewport().get_texture()
	var picture := shown.get_image()
	if window.is_embedded():
		picture = picture.get_region(Rect2i(window.position, window.size))
	picture.save_png(OS.get_environment("SHOTS").path_join("environment.png"))
	page.installer.cancel()
	await until(func() -> bool: return not page.is_busy())
	window.hide()


func gallery() -> void:
	await open("res://demo/main.tscn")
	EditorInterface.set_main_screen_editor("2D")
	dock()._stream.daemon = OS.get_environment("DAEMON")
	preview().set_eye(true)
	await frames(10)
	dock().prompt.line.text = "a quiet coast in spring, golden light"
	dock().prompt.submit()
	dock()._stream.direct({"time_of_day": 18.2, "biome": "coast"}, 0.5)
	await frames(60)
	EditorInterface.edit_node(dock()._stream)
	await ticks(20)
	await shot("dock")
	preview().set_eye(false)
	await ticks(20)
	await shot("idle")


func village() -> void:
	await open("res://village.tscn")
	EditorInterface.set_main_screen_editor("3D")
	sections(["Senders"])
	preview().set_eye(true)
	await frames(10)
	dock()._stream.direct({"time_of_day": 16.5, "weather": "clear"}, 0.5)
	await until(func() -> bool: return preview().painting() != null)
	await frames(60)
	await shot("village")
	preview().set_eye(false)


func cutscene() -> void:
	await open("res://demo/main.tscn")
	EditorInterface.set_main_screen_editor("2D")
	EditorInterface.edit_resource(load("res://arrival.dream.json"))
	await ticks(20)
	var panel: Control = EditorInterface.get_base_control().find_children("Cutscene", "VBoxContainer", true, false)[0]
	panel.get("timeline").set("selection", ["lanes", "time_of_day", "keys", 1])
	panel.get("timeline").set("playhead", 2.5)
	panel.call("_show")
	panel.get("timeline").emit_signal("scrubbed", 2.5)
	await frames(2)
	await tree.create_timer(4.0).timeout
	await shot("cutscene")


## The conditions in the inspector, with the tooltip of one; not in the document.
func inspector() -> void:
	await open("res://demo/main.tscn")
	dock()._stream.daemon = OS.get_environment("DAEMON")
	preview().playing = true
	await frames(5)
	dock()._stream.set("conditions/weather", "storm")
	EditorInterface.edit_node(dock()._stream)
	await until(func() -> bool: return not properties("conditions/time_of_day").is_empty())
	for section in EditorInterface.get_inspector().find_children("*", "EditorInspectorSection", true, false):
		section.call(&"unfold")
	await ticks(5)
	EditorInterface.get_inspector().ensure_control_visible(properties("conditions/weather")[0])
	await ticks(5)
	# Not before: the inspector makes its properties anew when the stream lists others.
	var property: EditorProperty = properties("conditions/time_of_day")[0]
	var move := InputEventMouseMotion.new()
	move.position = property.get_global_transform_with_canvas() * (property.size * Vector2(0.2, 0.5))
	move.global_position = move.position
	property.get_viewport().push_input(move)
	await tree.create_timer(2.0).timeout
	await shot("inspector")
	preview().playing = false


func properties(named: String) -> Array[Node]:
	return EditorInterface.get_inspector().find_children("*", "EditorProperty", true, false).filter(
		func(node: Node) -> bool: return (node as EditorProperty).get_edited_property() == named)


## The check of labels in a scene that has nodes without one; not in the document.
func labels() -> void:
	var scene := await open("res://village.tscn")
	EditorInterface.set_main_screen_editor("3D")
	preview().playing = true
	await frames(5)
	for named: String in ["OakTree", "StoneWall", "Thing"]:
		var box := MeshInstance3D.new()
		box.name = named
		box.mesh = BoxMesh.new()
		scene.add_child(box)
		box.owner = scene
	var view: DreamView = scene.find_children("*", "DreamView")[0]
	EditorInterface.edit_node(view)
	await ticks(10)
	for check: Node in EditorInterface.get_inspector().find_children("*", "VBoxContainer", true, false):
		if check.has_method(&"check") and check.has_method(&"palette"):
			check.call(&"check")
	await ticks(10)
	await shot("labels")
	preview().playing = false


func frames(count: int) -> void:
	await until(func() -> bool: return is_instance_valid(dock()._stream) and dock()._stream.frame_index >= 0)
	var first := dock()._stream.frame_index
	await until(func() -> bool: return dock()._stream.frame_index >= first + count)


func sections(names: Array[String]) -> void:
	for section: Node in dock().find_children("*", "VBoxContainer", true, false):
		if section.get_script() == Dock.Section:
			(section.get("_heading") as Button).button_pressed = section.name in names
