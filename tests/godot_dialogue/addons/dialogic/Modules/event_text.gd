@tool
class_name DialogicTextEvent
extends DialogicEvent

var text := ""
# Another event has taken its place.
var _over := false


func _init() -> void:
	event_name = "Text"


## Until the player clicks on, or auto-skip has shown it for long enough. Before a question the text stays, and the choices follow at once.
func _execute() -> void:
	_over = false
	dialogic.Text.text_started.emit({"text": dialogic.VAR.parse_variables(text)})
	dialogic.current_state = dialogic.States.IDLE
	var events := dialogic.current_timeline_events
	if dialogic.current_event_idx + 1 < events.size() and events[dialogic.current_event_idx + 1] is DialogicChoiceEvent:
		finish()
		return
	if dialogic.Inputs.auto_skip.enabled:
		await dialogic.get_tree().create_timer(dialogic.Inputs.auto_skip.time_per_event).timeout
	else:
		await dialogic.Inputs.dialogic_action
	if not _over:
		finish()


func _clear_state() -> void:
	_over = true


func from_text(string: String) -> void:
	text = string
