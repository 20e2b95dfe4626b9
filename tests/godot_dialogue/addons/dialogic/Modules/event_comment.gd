@tool
extends DialogicEvent


func is_valid_event(string: String) -> bool:
	return string.begins_with("#")
