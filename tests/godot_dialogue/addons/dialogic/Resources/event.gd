@tool
class_name DialogicEvent
extends Resource
## An event of a timeline.

signal event_started(event_resource: DialogicEvent)
signal event_finished(event_resource: DialogicEvent)

enum ValueType {MULTILINE_TEXT, SINGLELINE_TEXT}

var event_name := "Event"
var event_description := ""
var event_category := "Other"
var event_sorting_index := 0
var dialogic: DialogicGameHandler = null
var can_contain_events := false
var header: Array[String] = []


func execute(handler: DialogicGameHandler) -> void:
	event_started.emit(self)
	dialogic = handler
	call_deferred("_execute")


func finish() -> void:
	event_finished.emit(self)


func _execute() -> void:
	finish()


func _clear_state() -> void:
	pass


## The index of the end of the branch that this event opens.
func get_end_branch_index() -> int:
	var depth := 0
	for idx in range(dialogic.current_timeline_events.find(self) + 1, dialogic.current_timeline_events.size()):
		var event: DialogicEvent = dialogic.current_timeline_events[idx]
		if event.event_name == "End Branch" and depth == 0:
			return idx
		depth += 1 if event.can_contain_events else -1 if event.event_name == "End Branch" else 0
	return dialogic.current_timeline_events.size()


func to_text() -> String:
	return ""


func from_text(_string: String) -> void:
	pass


func is_valid_event(_string: String) -> bool:
	return false


func is_string_full_event(_string: String) -> bool:
	return true


func build_event_editor() -> void:
	pass


func set_default_color(_color: Variant) -> void:
	pass


func add_header_edit(variable: String, _type := ValueType.MULTILINE_TEXT, _extra_info := {}, _condition := "") -> void:
	header.append(variable)
