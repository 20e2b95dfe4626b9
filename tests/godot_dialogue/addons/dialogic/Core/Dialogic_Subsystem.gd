class_name DialogicSubsystem
extends Node
## A part of Dialogic. Its exported variables are part of a save.

enum LoadFlags {FULL_LOAD, ONLY_DNODES}

var dialogic: DialogicGameHandler = null


func _post_install() -> void:
	pass


func _clear_state(_clear_flag := DialogicGameHandler.ClearFlags.FULL_CLEAR) -> void:
	pass


func load_state(load_flag := LoadFlags.FULL_LOAD) -> void:
	_load_state(load_flag)


func _load_state(_load_flag := LoadFlags.FULL_LOAD) -> void:
	pass


func get_state() -> Dictionary:
	var state := {}
	for exported in _exported():
		state[exported] = get(exported)
	return state


func unpack_state(info: Dictionary) -> void:
	for exported in _exported():
		if exported in info:
			set(exported, info[exported])


func _exported() -> PackedStringArray:
	var found := PackedStringArray()
	for property: Dictionary in (get_script() as GDScript).get_script_property_list():
		if property["usage"] & PROPERTY_USAGE_EDITOR == PROPERTY_USAGE_EDITOR:
			found.append(str(property["name"]))
	return found
