@tool
extends DialogicEvent

var label := ""


func _init() -> void:
	event_name = "Jump"


func _execute() -> void:
	for idx in dialogic.current_timeline_events.size():
		var event: DialogicEvent = dialogic.current_timeline_events[idx]
		if event is DialogicLabelEvent and (event as DialogicLabelEvent).label == label:
			dialogic.current_event_idx = idx - 1
	finish()


func from_text(string: String) -> void:
	label = string.trim_prefix("jump").strip_edges()


func is_valid_event(string: String) -> bool:
	return string.begins_with("jump ")
