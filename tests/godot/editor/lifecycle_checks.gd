@tool
extends "checks.gd"
## CYCLES of each of KINDS (all of them if it is empty), while a stream plays in the editor, leave nothing behind.

const PLUGIN := "dreambridge"


func run() -> void:
	# Its window in the editor needs a window manager.
	EditorInterface.get_editor_settings().set_setting("run/window_placement/game_embed_mode", -1)
	var kinds := {"plugin": plugin, "scene reload": reload, "play": play, "stop and start": stop_and_start, "tabs": tabs}
	got["cycles"] = OS.get_environment("CYCLES").to_int()
	got["kinds"] = {}
	var asked := OS.get_environment("KINDS").split(",", false)
	for kind: String in kinds:
		if asked and kind not in asked:
			continue
		var cycle: Callable = kinds[kind]
		await cycle.call()
		await rest()
		var before := await left()
		for k: int in got["cycles"]:
			await cycle.call()
		await rest()
		got["kinds"][kind] = [before, await left()]


func playing(scene_path := "res://scene_2d.tscn") -> DreamStream:
	var scene := await open(scene_path)
	await show_dock(true)
	preview().playing = true
	await plays()
	return scene.get_node("DreamStream")


func plays() -> void:
	await until(func() -> bool: return is_instance_valid(dock()._stream) and dock()._stream.frame_index > 0)


## Hidden and stopped: what the addon still holds now is left.
func rest() -> void:
	preview().playing = false
	preview().set_eye(false)
	await show_dock(false)


## Off and on, with the eye open and in the midst of a frame.
func plugin() -> void:
	await playing()
	preview().set_eye(true)
	await plays()
	EditorInterface.set_plugin_enabled(PLUGIN, false)
	await ticks(4)
	got["off"] = [dock() == null, held()["rings"], held()["callbacks"]]
	EditorInterface.set_plugin_enabled(PLUGIN, true)
	await ticks(4)
	await show_dock(true)
	await plays()
	preview().set_eye(false)


func reload() -> void:
	await playing()
	EditorInterface.reload_scene_from_path("res://scene_2d.tscn")
	await ticks(4)
	await plays()


## The editor plays and stops a scene while the stream plays in it. An engine from the test bed's cache runs by a loader, which the editor
## takes for its own program: the game ends at once there. test_godot_lifecycle.py has a game beside two editors.
func play() -> void:
	var stream := await playing()
	EditorInterface.play_custom_scene("res://scene_2d.tscn")
	got["runs"] = await until(func() -> bool: return EditorInterface.is_playing_scene())
	await tree.create_timer(1.0).timeout
	EditorInterface.stop_playing_scene()
	got["ended"] = await until(func() -> bool: return not EditorInterface.is_playing_scene())
	var seen := stream.frame_index
	got["plays_on"] = await until(func() -> bool: return stream.frame_index > seen + 3)


func stop_and_start() -> void:
	var stream := await playing()
	for k in 2:
		stream.stop()
		stream.start()
	await until(func() -> bool: return stream.frame_index > 0)


## Another scene's tab, and back.
func tabs() -> void:
	await playing()
	await playing("res://scene_3d.tscn")
