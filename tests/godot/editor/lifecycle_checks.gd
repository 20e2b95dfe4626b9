@tool
extends "checks.gd"
## CYCLES of each of KINDS (all of them if it is empty), while a stream plays in the editor, leave nothing behind.

const PLUGIN := "dreambridge"
const MAIN_SCENE := "application/run/main_scene"


func run() -> void:
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


## The editor plays a scene by its own buttons, F6 and F5 in turns, and stops it, while the stream plays in the editor.
func play() -> void:
	var stream := await playing("res://played.tscn")
	var games: Array = got.get_or_add("games", [])
	if games.size() % 2 == 0:
		games.append(await played(stream, EditorInterface.play_current_scene))
		return
	var main: String = ProjectSettings.get_setting(MAIN_SCENE)
	ProjectSettings.set_setting(MAIN_SCENE, "res://played.tscn")
	games.append(await played(stream, EditorInterface.play_main_scene))
	ProjectSettings.set_setting(MAIN_SCENE, main)


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
