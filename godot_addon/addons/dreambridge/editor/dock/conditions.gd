@tool
extends VBoxContainer
## The conditions of the running stream. What is moved here directs it, and stays out of the scene until it is kept.

signal kept(values: Dictionary)

const Row := preload("condition_row.gd")
const Messages := preload("../../protocol/messages.gd")

## What was directed here and is not in the scene.
var trial := {}

var _stream: DreamStream
var _schema := {}
var _rows := {}
var _list := VBoxContainer.new()
var _buttons := HFlowContainer.new()
var _keep := Button.new()
var _back := Button.new()
var _last := -1
# Condition to the ticket of its last direction from here: until that is answered, its control shows what was chosen.
var _asked := {}


func _init() -> void:
	add_child(_list)
	_keep.text = "Keep in scene"
	_keep.tooltip_text = "Write what was changed here into the stream's conditions, with undo."
	_keep.pressed.connect(func() -> void: kept.emit(trial))
	_back.text = "Back to scene"
	_back.tooltip_text = "Direct the stream to the conditions that are saved in the scene."
	_back.pressed.connect(go_back)
	_buttons.add_child(_keep)
	_buttons.add_child(_back)
	add_child(_buttons)
	_buttons.hide()


## Show those of [param stream]; null: none.
func show_stream(stream: DreamStream) -> void:
	if stream != _stream:
		_stream = stream
		trial = {}
		_last = -1
		_asked = {}
	refresh()


## Show what holds now.
func refresh() -> void:
	var schema := _stream.schema if is_instance_valid(_stream) else {}
	if schema != _schema:
		_build(schema)
	for condition: String in _rows:
		if _stream.is_running() and not _stream._session.is_answered(_asked.get(condition, -1) as int):
			continue
		_asked.erase(condition)
		(_rows[condition] as Row).take(_stream._session.effective.get(condition))
	_list.visible = is_instance_valid(_stream) and _stream.is_running()
	_buttons.visible = _list.visible and not trial.is_empty()


func direct(condition: String, value: Variant, over := 0.0) -> void:
	if not is_instance_valid(_stream):
		return
	_last = _stream.direct({condition: value}, over)
	_asked[condition] = _last
	var schema: Dictionary = _schema.get(condition, {})
	if not schema.get("kind") in Messages.MOMENTARY_KINDS:
		trial[condition] = value
	_buttons.visible = not trial.is_empty()


## Milliseconds from the last direction to its frame; -1: none, or not yet.
func latency_ms() -> float:
	return _stream.latency_ms(_last) if is_instance_valid(_stream) and _last >= 0 else -1.0


func go_back() -> void:
	var values := {}
	for condition: String in trial:
		values[condition] = _stream.conditions.get(condition)
	_last = _stream.direct(values)
	trial = {}
	refresh()


## The scene has them now.
func forget_trial() -> void:
	trial = {}
	refresh()


func row(condition: String) -> Row:
	return _rows.get(condition)


func _build(schema: Dictionary) -> void:
	_schema = schema
	for child in _list.get_children():
		child.queue_free()
	_rows.clear()
	for condition: String in schema:
		var made := Row.new(condition, schema[condition] as Dictionary)
		made.directed.connect(direct)
		_list.add_child(made)
		_rows[condition] = made
