@tool
extends "checks.gd"
## Does the clicks of docs/cutscenes.md that make a scene: each named button or menu item in turn, as it is there. Then it plays the scene.

var clicks: PackedStringArray
var dialog: EditorFileDialog


func run() -> void:
	clicks = JSON.parse_string(OS.get_environment("CLICKS")) as Array
	var menu := menu_of(EditorInterface.get_base_control(), clicks[0])
	got["menu"] = menu != null
	var tools := item(menu, clicks[1])
	var sub := menu.get_item_submenu_node(tools)
	var new_scene := item(sub, clicks[2])
	got["items"] = [tools >= 0, new_scene >= 0]
	sub.id_pressed.emit(sub.get_item_id(new_scene))
	sub.index_pressed.emit(new_scene)
	got["asked"] = await until(func() -> bool: return visible_dialog() != null)
	got["file"] = dialog.current_file
	got["button"] = dialog.get_ok_button().text == clicks[3]
	dialog.get_ok_button().pressed.emit()
	got["opened"] = await until(func() -> bool: return EditorInterface.get_edited_scene_root() != null)
	await ticks(10)
	await shot("first")
	var scene := EditorInterface.get_edited_scene_root()
	got["scene"] = [scene.scene_file_path, scene.get_children().map(func(node: Node) -> String: return node.name)]
	# Another time it is opened as it is.
	EditorInterface.play_current_scene()
	got["plays"] = await until(func() -> bool: return EditorInterface.is_playing_scene())
	await ticks(30)
	EditorInterface.stop_playing_scene()
	await ticks(5)


func menu_of(node: Node, title: String) -> PopupMenu:
	for bar: Node in node.find_children("*", "MenuBar", true, false):
		for menu in bar.get_children(true):
			if menu is PopupMenu and (menu.name == title or (bar as MenuBar).get_menu_title(menu.get_index()) == title):
				return menu
	return null


func item(menu: PopupMenu, title: String) -> int:
	for k in menu.item_count if menu else 0:
		if menu.get_item_text(k).trim_suffix("...") == title:
			return k
	return -1


func visible_dialog() -> EditorFileDialog:
	for child in EditorInterface.get_base_control().get_children():
		if child is EditorFileDialog and (child as EditorFileDialog).visible and (child as EditorFileDialog).title.begins_with("The cutscene"):
			dialog = child
	return dialog
