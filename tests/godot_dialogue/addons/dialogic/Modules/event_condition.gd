@tool
class_name DialogicConditionEvent
extends DialogicEvent

var kind := "if"
var condition := ""


func _init() -> void:
	event_name = "Condition"
	can_contain_events = true


func _execute() -> void:
	if kind == "if" and not dialogic.VAR.value(condition):
		dialogic.current_event_idx = get_end_branch_index()
	finish()


func from_text(string: String) -> void:
	kind = "if" if string.begins_with("if ") else "else"
	condition = string.trim_prefix("if").trim_suffix(":").strip_edges()


func is_valid_event(string: String) -> bool:
	return string.begins_with("if ") or string.begins_with("else")
