@tool
extends DialogicEvent
## A direction in a timeline: [code]dream: weather=storm over=2[/code], [code]dream: wait shown[/code]. {variables} have their values.

const Statement := preload("res://addons/dreambridge/story/statement.gd")

## What follows [code]dream:[/code].
var direction := ""

# Counts the executions: one that another event took the place of does not finish.
var _runs := 0


func _execute() -> void:
	_runs += 1
	var run := _runs
	var dream: Node = dialogic.get_subsystem("Dream")
	dialogic.current_state = dialogic.States.WAITING
	await dream.call("carry_out", direction)
	if run == _runs:
		dialogic.current_state = dialogic.States.IDLE
		finish()


func _clear_state() -> void:
	_runs += 1


func _init() -> void:
	event_name = "Dream"
	event_description = "Directs a Dreambridge stream."
	set_default_color("Color7")
	event_category = "Other"
	event_sorting_index = 20


# -- saving and loading -----------------------------------------------------------------------------------------------------

func to_text() -> String:
	return "dream: " + direction.strip_edges()


func from_text(text: String) -> void:
	direction = Statement.direction_in(text.strip_edges()).strip_edges()


func is_valid_event(text: String) -> bool:
	return Statement.is_direction(text.strip_edges())


func is_string_full_event(_text: String) -> bool:
	return true


func build_event_editor() -> void:
	add_header_edit("direction", ValueType.SINGLELINE_TEXT, {"left_text": "Dream", "autofocus": true})
