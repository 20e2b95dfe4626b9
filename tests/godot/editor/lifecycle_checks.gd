@tool
extends "checks.gd"
## Plugin off and on, scene reload, stop and start in one tick: cycles leave nothing behind.

const OwnDaemon := preload("res://addons/dreambridge/system/own_daemon.gd")
const PLUGIN := "dreambridge"


func run() -> void:
	await game()
	var cycles := OS.get_environment("CYCLES").to_int()
	await cycle()
	await settle()
	var before := left()
	for k in cycles:
		await cycle()
	await settle()
	got["before"] = before
	got["after"] = left()
	got["cycles"] = cycles


## The game runs and ends while the stream plays in the editor.
func game() -> void:
	var scene := await open("res://scene_2d.tscn")
	await show_dock(true)
	preview().playing = true
	var stream: DreamStream = scene.get_node("DreamStream")
	await until(func() -> bool: return stream.frame_index > 0)
	# Its window in the editor needs a window manager.
	EditorInterface.get_editor_settings().set_setting("run/window_placement/game_embed_mode", -1)
	EditorInterface.play_custom_scene("res://scene_2d.tscn")
	got["runs"] = await until(func() -> bool: return EditorInterface.is_playing_scene())
	await tree.create_timer(1.0).timeout
	EditorInterface.stop_playing_scene()
	got["ended"] = await until(func() -> bool: return not EditorInterface.is_playing_scene())
	var seen := stream.frame_index
	got["plays_on"] = await until(func() -> bool: return stream.frame_index > seen + 3)


func cycle() -> void:
	var scene := await open("res://scene_2d.tscn")
	await show_dock(true)
	preview().playing = true
	await until(func() -> bool: return dock()._stream.frame_index > 0)
	# Stop and start in one tick.
	var stream: DreamStream = scene.get_node("DreamStream")
	stream.stop()
	stream.start()
	stream.stop()
	stream.start()
	await until(func() -> bool: return stream.frame_index > 0)
	EditorInterface.reload_scene_from_path("res://scene_2d.tscn")
	await ticks(4)
	await until(func() -> bool: return is_instance_valid(dock()._stream) and dock()._stream.frame_index > 0)
	preview().set_eye(true)
	await until(func() -> bool: return dock()._stream.frame_index > 0)
	# In the midst of all that.
	EditorInterface.set_plugin_enabled(PLUGIN, false)
	await ticks(4)
	got["off"] = [dock() == null, held()["rings"], held()["callbacks"]]
	EditorInterface.set_plugin_enabled(PLUGIN, true)
	await ticks(4)
	await show_dock(true)
	await until(func() -> bool: return is_instance_valid(dock()._stream) and dock()._stream.frame_index > 0)
	preview().set_eye(false)
	await show_dock(false)


func settle() -> void:
	# What the daemon still has to say goodbye to.
	await tree.create_timer(0.5).timeout
	await ticks(10)


func left() -> Dictionary:
	var all := held()
	all["orphans"] = orphans()
	all["files"] = DirAccess.get_files_at("/proc/self/fd").size()
	return all
