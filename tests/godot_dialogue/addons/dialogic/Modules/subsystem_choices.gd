extends DialogicSubsystem
## Choices and what was chosen.

signal choice_selected(info: Dictionary)
signal question_shown(info: Dictionary)

var last_question_info := {}


func show_current_question(_instant := true) -> void:
	var choices: Array[Dictionary] = []
	var idx := dialogic.current_event_idx
	var button := 1
	while idx < dialogic.current_timeline_events.size() and dialogic.current_timeline_events[idx] is DialogicChoiceEvent:
		var event: DialogicChoiceEvent = dialogic.current_timeline_events[idx]
		var holds: bool = event.condition.is_empty() or dialogic.VAR.value(event.condition)
		choices.append({"event_index": idx, "button_index": button, "text": event.text, "disabled": not holds, "visible": holds})
		button += 1 if holds else 0
		idx = event.get_end_branch_index() + 1
	last_question_info = {"choices": choices}
	question_shown.emit(last_question_info)


func select_choice(button_index: int) -> void:
	for info: Dictionary in last_question_info["choices"]:
		if info["button_index"] == button_index and not info["disabled"]:
			choice_selected.emit(info)
			dialogic.current_state = dialogic.States.IDLE
			dialogic.handle_event((info["event_index"] as int) + 1)
			return
