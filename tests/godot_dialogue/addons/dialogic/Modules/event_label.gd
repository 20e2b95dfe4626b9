@tool
class_name DialogicLabelEvent
extends DialogicEvent

var label := ""


func _init() -> void:
	event_name = "Label"


func from_text(string: String) -> void:
	label = string.trim_prefix("label").strip_edges()


func is_valid_event(string: String) -> bool:
	return string.begins_with("label ")
