extends SceneTree
## Loads every script of the project; the engine prints what it refuses, for warnings are errors here.


func _initialize() -> void:
	var bad := 0
	for path in scripts("res://"):
		var script: GDScript = load(path)
		if script == null or not script.can_instantiate():
			printerr("refused: ", path)
			bad += 1
	print(JSON.stringify({"refused": bad}))
	quit(1 if bad else 0)


func scripts(folder: String) -> Array[String]:
	var found: Array[String] = []
	for sub in DirAccess.get_directories_at(folder):
		if not sub.begins_with(".") and not FileAccess.file_exists(folder.path_join(sub).path_join(".gdignore")):
			found.append_array(scripts(folder.path_join(sub)))
	for file in DirAccess.get_files_at(folder):
		if file.ends_with(".gd"):
			found.append(folder.path_join(file))
	return found
