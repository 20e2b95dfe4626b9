@tool
extends DialogicEvent


func _init() -> void:
	event_name = "End"


func _execute() -> void:
	dialogic.end_timeline()


func is_valid_event(string: String) -> bool:
	return string == "[end_timeline]"
