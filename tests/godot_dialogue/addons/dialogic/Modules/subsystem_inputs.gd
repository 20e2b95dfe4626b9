extends DialogicSubsystem
## Clicks and auto-skip.

signal dialogic_action

class AutoSkip:
	signal toggled(is_enabled: bool)
	var time_per_event := 0.1
	var enabled := false:
		set(value):
			enabled = value
			toggled.emit(value)

var auto_skip := AutoSkip.new()


func handle_input() -> void:
	if not dialogic.paused:
		dialogic_action.emit()
