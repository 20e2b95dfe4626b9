@tool
class_name DreamCutsceneLoader
extends ResourceFormatLoader
## Loads files [code]x.dream.json[/code] as a [DreamCutscene]; the engine uses it by itself. Other JSON files are not touched.

## Ending of the files that are cutscenes.
const SUFFIX := ".dream.json"


func _init() -> void:
	# The engine makes one at its start and puts it behind its own loaders, of which the one for JSON takes each *.json.
	ResourceLoader.add_resource_format_loader(self, true)


func _get_recognized_extensions() -> PackedStringArray:
	return ["json"]


func _recognize_path(path: String, _type: StringName) -> bool:
	return path.to_lower().ends_with(SUFFIX)


func _handles_type(type: StringName) -> bool:
	return type == &"Resource"


func _get_resource_type(path: String) -> String:
	return "Resource" if _recognize_path(path, &"") else ""


func _get_resource_script_class(path: String) -> String:
	return "DreamCutscene" if _recognize_path(path, &"") else ""


func _load(path: String, _original_path: String, _use_sub_threads: bool, _cache_mode: int) -> Variant:
	var file := FileAccess.open(path, FileAccess.READ)
	if file == null:
		return FileAccess.get_open_error()
	var made := DreamCutscene.new()
	made.document = file.get_as_text()
	return made
