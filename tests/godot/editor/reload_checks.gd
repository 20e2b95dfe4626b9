@tool
extends "checks.gd"
## Each script of the addon is rewritten and reloaded, as the editor does it when a file has changed, while the preview plays.

const FOLDER := "res://addons/dreambridge"
# Moved on for each frame of a stream.
const BUSY: Array[String] = ["transport", "codec", "session", "ring"]


func run() -> void:
	var rounds := OS.get_environment("ROUNDS").to_int()
	var all := scripts(FOLDER)
	var busy := all.filter(func(path: String) -> bool: return path.trim_prefix(FOLDER + "/").get_slice("/", 0) in BUSY)
	await open("res://scene_2d.tscn")
	await show_dock(true)
	preview().playing = true
	got["plays"] = await until(func() -> bool: return dock()._stream.frame_index > 0)
	got["reloads"] = 0
	preview().playing = false
	await show_dock(false)
	var before := await left()
	await show_dock(true)
	preview().playing = true
	await until(func() -> bool: return dock()._stream.frame_index > 0)
	dock().daemon_box._on_path(OS.get_environment("PYTHON"))
	var problems := EditorInterface.get_base_control().find_children("Cutscene", "VBoxContainer", true, false)[0].get("problems") as ItemList
	var text := FileAccess.get_file_as_string("res://card.dream.json")
	for k in rounds:
		problems.call(&"check_soon", text)
		problems.call(&"_begin")
		for path: String in busy + all if k % 10 == 0 else busy:
			reload(path)
			if k % 3 == 0:
				await tree.process_frame
		await tree.process_frame
	got["scripts"] = all.size()
	problems.call(&"check_soon", text)
	got["checked"] = await until(func() -> bool: return (problems.get(&"problems") as Array).size() == 2)
	dock().daemon_box._on_path("")
	preview().playing = false
	await ticks(3)
	preview().playing = true
	got["plays_again"] = await until(func() -> bool: return dock()._stream.frame_index > 0)
	preview().playing = false
	await show_dock(false)
	got["left"] = [before, await left()]


func scripts(folder: String) -> Array[String]:
	var found: Array[String] = []
	if FileAccess.file_exists(folder.path_join(".gdignore")):
		return found  # the editor does not look into it either
	for file in DirAccess.get_files_at(folder):
		if file.ends_with(".gd"):
			found.append(folder.path_join(file))
	for sub in DirAccess.get_directories_at(folder):
		found.append_array(scripts(folder.path_join(sub)))
	return found


func reload(path: String) -> void:
	var script: GDScript = load(path)
	var text := FileAccess.get_file_as_string(path) + "# %d\n" % got["reloads"]
	var file := FileAccess.open(path, FileAccess.WRITE)
	file.store_string(text)
	file.close()
	script.source_code = text
	script.reload(true)
	got["reloads"] += 1
