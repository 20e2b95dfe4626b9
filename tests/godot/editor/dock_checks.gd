@tool
extends "checks.gd"
## The dock: what it says when something is missing, what it holds while it is hidden, what it directs, what it keeps.


const Page := preload("res://addons/dreambridge/editor/environment/page.gd")


func run() -> void:
	var scene := await open("res://scene_2d.tscn")
	var stream: DreamStream = scene.get_node("DreamStream")
	await show_dock(false)
	got["hidden"] = held()
	await show_dock(true)
	got["idle"] = dock().screen.words()
	dock().act(&"play")
	got["plays"] = await until(func() -> bool: return stream.frame_index > 3)
	got["shown"] = held()
	await shot("dock")
	got["said"] = dock().screen.words()
	got["own_texture"] = dock().screen_texture() != stream.texture and stream.texture.get_width() <= 1
	await sliders(stream)
	keeps(stream)
	await clip(stream)
	await show_dock(false)
	got["hidden_again"] = held()
	got["stopped"] = stream.state_name
	await show_dock(true)
	got["back"] = await until(func() -> bool: return stream.frame_index > 3)
	preview().playing = false
	await stale()
	await empty()
	await own_daemon()
	got["switched_on"] = await switched_on()


## As a newcomer does it: the plugin is switched on in the Project Settings, and then its tab is chosen. Does it find the Pythons?
func switched_on() -> bool:
	EditorInterface.set_plugin_enabled("dreambridge", false)
	var window: Window = EditorInterface.get_base_control().find_children("*", "ProjectSettingsEditor", true, false)[0]
	window.popup_centered(Vector2i(1000, 700))
	await ticks(4)
	EditorInterface.set_plugin_enabled("dreambridge", true)
	await ticks(4)
	got["in_front"] = dock().is_visible_in_tree()
	var page: Page = EditorInterface.get_base_control().find_children("Dreambridge", "ScrollContainer", true, false)[0]
	var tabs := page.get_parent() as TabContainer
	tabs.current_tab = tabs.get_tab_idx_from_control(page)
	var found := await until(func() -> bool: return not page.pythons.is_searching() and not page.pythons.found.is_empty())
	window.hide()
	await ticks(2)
	return found


func level() -> int:
	var picture := dock().screen_texture()
	return picture.get_image().get_pixel(0, 220).r8 if picture and picture.get_height() > 220 else -1


func sliders(stream: DreamStream) -> void:
	got["level"] = await until(func() -> bool: return level() == 102)
	var slider := dock().conditions.row("level")._slider
	slider.value = 0.8
	dock().refresh()  # as its timer may, before the daemon has answered
	got["stays"] = slider.value
	got["moved"] = await until(func() -> bool: return level() == 204)
	await until(func() -> bool: return dock().conditions.latency_ms() >= 0)
	got["latency"] = dock().conditions.latency_ms()
	got["scene"] = stream.conditions
	got["call"] = Dock.PictureMenu.call_of(stream)
	got["saved"] = dock().menu.save("user://picture.png") == OK


## Recorded, then baked by a process of its own: as a film, as pictures, and once cancelled.
func clip(stream: DreamStream) -> void:
	dock().daemon_box._on_path(OS.get_environment("PYTHON"))
	var clips := dock().clip
	clips.button.button_pressed = true
	await until(func() -> bool: return clips.frames > 12)
	got["recording"] = [clips.said().begins_with("Recording: "), clips.button.button_pressed]
	await shot("recording")
	clips.stop()
	await until(func() -> bool: return clips._take != "")
	for child in clips.get_children():
		if child is Window:
			(child as Window).hide()
	var recorded := clips.frames
	for named: String in ["clip.gif", "clip.png"]:
		clips.save("user://" + named)
		got["bakes"] = clips._oven.is_baking
		await until(func() -> bool: return not clips._oven.is_baking)
		got[named] = clips.said()
	got["clip"] = [FileAccess.file_exists("user://clip.gif"), DirAccess.get_files_at("user://clip").size() - recorded, DirAccess.get_directories_at("user://").has("clip")]
	clips.save("user://cancelled.mp4")
	clips.cancel()  # at once: on a busy machine, a short clip may be done before this script looks again
	got["cancelled"] = [clips.said(), FileAccess.file_exists("user://cancelled.mp4")]
	dock().daemon_box._on_path("/bin/false")
	clips.save("user://refused.mp4")
	await until(func() -> bool: return not clips._oven.is_baking)
	got["clip_refused"] = clips.said()
	clips.cancel()
	var folder := DirAccess.open("user://")
	folder.include_hidden = true
	got["clip_left"] = Array(folder.get_directories()).filter(func(named: String) -> bool: return named.contains("baking"))
	got["plays_while_baked"] = stream.frame_index
	dock().daemon_box._on_path("")


func keeps(stream: DreamStream) -> void:
	dock().conditions.kept.emit(dock().conditions.trial)
	got["kept"] = stream.conditions
	var history := EditorInterface.get_editor_undo_redo() if EditorInterface.has_method(&"get_editor_undo_redo") else null
	if history:
		var undo: UndoRedo = history.get_history_undo_redo(history.get_object_history_id(stream))
		undo.undo()
		got["undone"] = stream.conditions


## Without a daemon and without a Python; then with a Python, by which the dock starts a daemon and stops it.
func own_daemon() -> void:
	var text := FileAccess.get_file_as_string("res://scene_2d.tscn")
	FileAccess.open("res://alone.tscn", FileAccess.WRITE).store_string(text.replace("daemon = \"%s\"" % OS.get_environment("DAEMON"), "daemon = \"alone\""))
	var scene := await open("res://alone.tscn")
	var stream: DreamStream = scene.get_node("DreamStream")
	dock().refresh()
	got["no_python"] = dock().screen.words()
	dock().daemon_box.refresh()
	got["no_daemon"] = dock().daemon_box.state()
	dock().daemon_box._on_path("/nowhere/python")
	dock().act(&"play")
	await until(func() -> bool: return dock()._failure != "")
	got["wrong_python"] = dock().screen.words()
	dock().daemon_box._on_path(OS.get_environment("PYTHON"))
	dock().act(&"again")
	got["own_plays"] = await until(func() -> bool: return stream.frame_index > 0)
	got["own_state"] = dock().daemon_box.state()
	dock().daemon_box.refresh()
	got["log"] = dock().daemon_box._log.text.contains("INFO")
	# A game that this editor plays joins its daemon.
	text = FileAccess.get_file_as_string("res://played.tscn")
	FileAccess.open("res://played_alone.tscn", FileAccess.WRITE).store_string(text.replace("daemon = \"%s\"" % OS.get_environment("DAEMON"), "daemon = \"alone\""))
	got["game"] = await played(stream, EditorInterface.play_custom_scene.bind("res://played_alone.tscn"))
	preview().playing = false
	var own := dock().daemon_box.own_name()
	dock().daemon_box._on_switch()
	got["own_stopped"] = [own != "", dock().daemon_box.own_name(), FileAccess.file_exists(OS.get_environment("DREAMBRIDGE_RUNTIME_DIR").path_join(own + ".json"))]
	got["saved_python"] = FileAccess.get_file_as_string("res://project.godot").contains(OS.get_environment("PYTHON"))
	dock().daemon_box._on_path("")


## A scene whose bundle is gone since it was saved, with a condition of another kind and one that is gone: told in the dock and in the scene
## dock. With the right bundle it plays without them.
func stale() -> void:
	var text := FileAccess.get_file_as_string("res://scene_2d.tscn").replace("\"level\": 0.4", "\"level\": \"high\", \"gone\": 1")
	FileAccess.open("res://stale.tscn", FileAccess.WRITE).store_string(text.replace("bundle = \"testcard\"\nseed", "bundle = \"a bundle of last year\"\nseed"))
	var scene := await open("res://stale.tscn")
	var stream: DreamStream = scene.get_node("DreamStream")
	dock().act(&"play")
	await until(func() -> bool: return stream.state == DreamStream.State.FAILED)
	dock().refresh()
	got["bundle_gone"] = [dock().screen.words(), "\n".join(stream._get_configuration_warnings())]
	stream.bundle = "testcard"
	got["right_bundle"] = await until(func() -> bool: return stream.frame_index > 0 and stream._trouble != "")
	dock().refresh()
	got["other_kind"] = [dock()._state.text, "\n".join(stream._get_configuration_warnings())]
	stream.set("conditions/level", 0.2)
	got["corrected"] = await until(func() -> bool: return level() == 51)
	await until(func() -> bool: return stream._trouble == "")
	dock().refresh()
	got["no_trouble"] = [stream._trouble, dock()._state.text.begins_with("playing")]
	preview().playing = false


## A scene without a stream; the dock adds one, and Undo removes it.
func empty() -> void:
	FileAccess.open("res://empty.tscn", FileAccess.WRITE).store_string("[gd_scene format=3]\n\n[node name=\"Empty\" type=\"Node\"]\n")
	var scene := await open("res://empty.tscn")
	dock().refresh()
	got["empty"] = dock().screen.words()
	dock().act(&"add")
	got["added"] = scene.get_child(0) is DreamStream and scene.get_child(0).owner == scene
	await ticks(2)
	preview().scene_changed()
	got["after_adding"] = dock()._stream == scene.get_child(0)
