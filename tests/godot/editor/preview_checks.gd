@tool
extends "checks.gd"
## The preview in the scene: it is seen in the editor's viewports, and nothing of it is saved.


func run() -> void:
	await flat()
	await deep()
	await old_scene()


func flat() -> void:
	var scene := await open("res://scene_2d.tscn")
	EditorInterface.set_main_screen_editor("2D")
	var stream: DreamStream = scene.get_node("DreamStream")
	var view: DreamView = scene.get_node("DreamView")
	var before := saved(scene)
	preview().set_eye(true)
	got["plays"] = await until(func() -> bool: return stream.frame_index > 3 and (scene.get_node("Bare") as DreamStream).frame_index > 3)
	got["sent"] = await until(func() -> bool: return view.number > 0 and stream.frame_view > 0)
	got["height"] = dock().get_combined_minimum_size().y < 400.0 * EditorInterface.get_editor_scale()
	got["over_2d"] = preview().painting() == stream.texture
	await shot("over_2d")
	view.enabled = false
	got["in_the_sprite"] = await until(func() -> bool: return seen_at(scene, Vector2(82, 292)) == 102)
	await shot("in_2d")
	view.enabled = true
	await until(func() -> bool: return preview().painting() != null)
	# The stream is deleted, and Undo brings it back.
	scene.remove_child(stream)
	await ticks(3)
	got["gone"] = stream.state_name
	scene.add_child(stream)
	scene.move_child(stream, 0)
	stream.owner = scene
	got["back"] = await until(func() -> bool: return stream.frame_index > 0 and view.stream == stream)
	got["same_bytes"] = before == saved(scene) and before.size() > 500
	got["moved"] = scene.get_node("House").get(&"material") == null
	got["thumbnails"] = await thumbnails(scene, view)
	# The control: what the user changes is saved.
	stream.seed = 8
	got["control"] = before != saved(scene)
	stream.seed = 7
	saved(scene)
	preview().set_eye(false)
	await ticks(3)
	got["off"] = [stream.state_name, stream.texture.get_width(), seen_at(scene, Vector2(82, 292)) != 102]
	got["held"] = held()


## "Is my input arriving?": what the view and a DreamState send is seen in the dock.
func thumbnails(scene: Node, view: DreamView) -> Array:
	var sender := DreamState.new()
	sender.stream = view.stream
	sender.condition = "level"
	sender.expression = "0.4 + 0.0"
	scene.add_child(sender)
	preview().pick(view.stream)
	await until(func() -> bool: return dock().senders.count() == 2 and not sender._last.is_empty() and view.texture != null)
	var shown: Array[String] = []
	for node: Node in [view, sender]:
		dock().senders.refresh()
		shown.append(dock().senders.thumbnail(node).shows())
	shown.append(dock().senders.what_arrives(sender))
	sender.free()
	return shown


func deep() -> void:
	var scene := await open("res://scene_3d.tscn")
	EditorInterface.set_main_screen_editor("3D")
	var view: DreamView = scene.get_node("DreamView")
	var before := saved(scene)
	preview().set_eye(true)
	got["over_3d"] = await until(func() -> bool: return view.number > 0 and view.stream.frame_view > 0 and preview().painting() != null)
	got["layers"] = view._view.info.get("layers")
	await ticks(10)
	await shot("over_3d")
	got["same_bytes_3d"] = before == saved(scene)
	# Another scene's tab: this one's streams close, and open when it is back.
	await open("res://scene_2d.tscn")
	got["closed"] = not is_instance_valid(view.stream) or not view.stream.is_running()
	scene = await open("res://scene_3d.tscn")
	view = scene.get_node("DreamView")
	got["again"] = await until(func() -> bool: return view.stream.frame_index > 0)
	await labels(scene, view)
	preview().set_eye(false)


## The check in the inspector of a DreamView finds what has no label, and gives it the one that its names suggest.
func labels(scene: Node, view: DreamView) -> void:
	var painted := StandardMaterial3D.new()
	painted.resource_name = "sea_water"
	var made := {}
	for named: String in ["OakTree2", "Box", "Thing"]:
		var node := MeshInstance3D.new()
		node.name = named
		node.mesh = SphereMesh.new()
		node.material_override = painted if named == "Box" else null
		scene.add_child(node)
		node.owner = scene
		made[named] = node
	EditorInterface.edit_node(view)
	await ticks(5)
	var checks := EditorInterface.get_inspector().find_children("*", "VBoxContainer", true, false).filter(
		func(node: Node) -> bool: return node.has_method(&"palette"))
	got["label_checks"] = checks.size()
	var check: Control = checks[0]
	var suggested: Dictionary = check.call(&"check")
	got["suggested"] = {}
	for node: Node in suggested:
		got["suggested"][str(node.name)] = suggested[node]
	await shot("labels")
	got["labelled"] = [check.call(&"apply"), made.values().map(func(node: Node) -> String: return node.get_meta("dream_label", ""))]
	got["left_unlabelled"] = (check.call(&"check") as Dictionary).keys().map(func(node: Node) -> String: return node.name)
	var history := EditorInterface.get_editor_undo_redo()
	history.get_history_undo_redo(history.get_object_history_id(view)).undo()
	got["unlabelled_again"] = (check.call(&"check") as Dictionary).size()
	for node: Node in made.values():
		node.free()


## A scene of an older version holds a path, a priority and a preview.
func old_scene() -> void:
	var text := FileAccess.get_file_as_string("res://scene_2d.tscn")
	text = text.replace("seed = 7", "seed = 7\nprocess_priority = -100\npython = \"/a/machine/python\"\npreview_in_editor = true")
	FileAccess.open("res://old.tscn", FileAccess.WRITE).store_string(text)
	var scene := await open("res://old.tscn")
	var stream: DreamStream = scene.get_node("DreamStream")
	got["old"] = [stream.python, stream.is_running(), "".join(stream._get_configuration_warnings()).contains("Project Settings")]
	var kept := saved(scene).get_string_from_utf8()
	got["healed"] = not kept.contains("python") and not kept.contains("process_priority") and not kept.contains("preview_in_editor") and kept.contains("seed = 7")


func saved(scene: Node) -> PackedByteArray:
	EditorInterface.save_scene()
	return FileAccess.get_file_as_bytes(scene.scene_file_path)


func seen_at(_scene: Node, point: Vector2) -> int:
	var viewport := EditorInterface.get_editor_viewport_2d()
	var at := Vector2i(viewport.global_canvas_transform * point)
	var image := viewport.get_texture().get_image()
	return image.get_pixelv(at).r8 if Rect2i(Vector2i.ZERO, image.get_size()).has_point(at) else -1
