@tool
extends DialogicEvent

var words := PackedStringArray()


func _init() -> void:
	event_name = "Set Variable"


func _execute() -> void:
	var named := words[1].trim_prefix("{").trim_suffix("}")
	var value: Variant = dialogic.VAR.value(words[3])
	if words[2] != "=":
		value = dialogic.VAR.value("{%s} %s %s" % [named, words[2][0], words[3]])
	dialogic.VAR.variables[named] = value
	finish()


func from_text(string: String) -> void:
	words = string.split(" ", false)


func is_valid_event(string: String) -> bool:
	return string.begins_with("set ")
