@tool
class_name DialogicChoiceEvent
extends DialogicEvent

var text := ""
var condition := ""


func _init() -> void:
	event_name = "Choice"
	can_contain_events = true


func _execute() -> void:
	dialogic.current_state = dialogic.States.AWAITING_CHOICE
	dialogic.Choices.show_current_question(false)


func from_text(string: String) -> void:
	var parts := string.trim_prefix("-").split("|")
	text = parts[0].strip_edges()
	condition = parts[1].strip_edges().trim_prefix("[if").trim_suffix("]").strip_edges() if parts.size() > 1 else ""


func is_valid_event(string: String) -> bool:
	return string.begins_with("-")
