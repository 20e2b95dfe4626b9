class_name KeeperControls
extends Node
## The game's actions on keyboard and controller, and which of the two the player used last.

signal device_changed

const AXIS_MIN := 0.35

## Name of an action to what a hint calls it, on the keyboard and on a controller.
const NAMES := {&"keeper_use": ["E", "(A)"], &"keeper_pause": ["Esc", "Start"], &"keeper_skip": ["Space", "(Y)"]}

## Was the last input that of a controller?
var pad := false


func _init() -> void:
	_add(&"keeper_left", [KEY_A, KEY_LEFT], [JOY_BUTTON_DPAD_LEFT], -1.0)
	_add(&"keeper_right", [KEY_D, KEY_RIGHT], [JOY_BUTTON_DPAD_RIGHT], 1.0)
	_add(&"keeper_use", [KEY_E, KEY_ENTER], [JOY_BUTTON_A], 0.0)
	_add(&"keeper_skip", [KEY_SPACE], [JOY_BUTTON_Y], 0.0)
	_add(&"keeper_pause", [KEY_ESCAPE, KEY_P], [JOY_BUTTON_START], 0.0)
	process_mode = PROCESS_MODE_ALWAYS


func _input(event: InputEvent) -> void:
	var joy := event is InputEventJoypadButton or (event is InputEventJoypadMotion and absf((event as InputEventJoypadMotion).axis_value) > AXIS_MIN)
	if joy != pad and (joy or event is InputEventKey or event is InputEventMouseButton):
		pad = joy
		device_changed.emit()


## What a hint calls the action, such as "E" or "Ⓐ".
func named(action: StringName) -> String:
	return NAMES[action][1 if pad else 0]


static func _add(action: StringName, keys: Array[Key], buttons: Array[JoyButton], axis: float) -> void:
	if InputMap.has_action(action):
		return
	InputMap.add_action(action, AXIS_MIN)
	for key in keys:
		var press := InputEventKey.new()
		press.physical_keycode = key
		InputMap.action_add_event(action, press)
	for button in buttons:
		var press := InputEventJoypadButton.new()
		press.button_index = button
		press.device = -1
		InputMap.action_add_event(action, press)
	if axis:
		var push := InputEventJoypadMotion.new()
		push.axis = JOY_AXIS_LEFT_X
		push.axis_value = axis
		push.device = -1
		InputMap.action_add_event(action, push)
