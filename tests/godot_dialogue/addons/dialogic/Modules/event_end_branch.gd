@tool
class_name DialogicEndBranchEvent
extends DialogicEvent


func _init() -> void:
	event_name = "End Branch"


## On with the first event that is not another way of the same branching.
func _execute() -> void:
	var idx := dialogic.current_event_idx + 1
	while idx < dialogic.current_timeline_events.size():
		var event: DialogicEvent = dialogic.current_timeline_events[idx]
		if not (event is DialogicChoiceEvent or (event is DialogicConditionEvent and (event as DialogicConditionEvent).kind != "if")):
			break
		idx = event.get_end_branch_index() + 1
	dialogic.current_event_idx = idx - 1
	finish()


func is_valid_event(string: String) -> bool:
	return string == "<<END BRANCH>>"
