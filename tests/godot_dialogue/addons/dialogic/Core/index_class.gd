@tool
class_name DialogicIndexer
extends RefCounted
## Names what a folder adds to Dialogic.

var this_folder: String = get_script().resource_path.get_base_dir()


func _get_events() -> Array:
	return []


func _get_subsystems() -> Array[Dictionary]:
	return []
