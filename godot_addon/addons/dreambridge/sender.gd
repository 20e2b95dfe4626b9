@tool
extends Node
## What [DreamPose], [DreamCamera] and [DreamState] share: they read something of the game, and direct a [DreamStream] by it when it has
## changed, at most [member rate] times a second. In the editor they send while the stream is previewed.

## Something was sent: condition to value.
signal sent(values: Dictionary)

## The stream to direct.
@export var stream: DreamStream:
	set(value):
		if is_instance_valid(stream) and stream.state_changed.is_connected(_on_state):
			stream.state_changed.disconnect(_on_state)
			stream._session.landed.disconnect(_on_landed)
		stream = value
		_on_landed()
		if stream:
			stream.state_changed.connect(_on_state)
			stream._session.landed.connect(_on_landed)
		_look()
		update_configuration_warnings()
## Directions a second, at most.
@export_range(1.0, 60.0, 1.0, "suffix:Hz") var rate := 24.0
## Length of the transition to each value, in seconds of stream time; smooths what comes in steps. -1: the condition's own.
@export_range(-1.0, 5.0, 0.01, "suffix:s") var over := 0.0

# What was sent last, and what of it the stream has; empty: it was opened, or went to another place, since.
var _last := {}
var _there := {}
var _again := false
var _since := INF
var _told := ""


func _get_configuration_warnings() -> PackedStringArray:
	var said := PackedStringArray()
	if stream == null:
		said.append("Set the property stream to the DreamStream that this node directs.")
	said.append_array(_own_warnings())
	if stream:
		var known := stream._known()
		for condition in _conditions():
			if known and not known.has(condition):
				said.append("The bundle %s has no condition %s." % [stream.bundle, condition])
	return said


func _enter_tree() -> void:
	_look()


# While the stream does not run, this node has no callback.
func _look() -> void:
	set_process(is_instance_valid(stream) and stream.is_running())


func _on_state(now: DreamStream.State, _reason: String) -> void:
	if now in [DreamStream.State.CLOSED, DreamStream.State.SEARCHING, DreamStream.State.OPENING]:
		_on_landed()
	_look()


func _on_landed() -> void:
	_there = {}


func _process(delta: float) -> void:
	_since += delta
	if _since < 1.0 / rate or not is_instance_valid(stream) or not _takes():
		return
	var values := read()
	if values.is_empty():
		return
	var differs := _again or _differs(values, _there if _there else _held(values))
	if not differs and _there:
		return
	_last = values
	_there = values
	if not differs:
		return  # the stream has it already
	_again = false
	_since = 0.0
	stream.direct(values, over)
	sent.emit(values)


## What would be sent now: condition to value. Empty: there is nothing to send.
func read() -> Dictionary:
	return {}


## What the stream has of it, in words.
func last_sent() -> String:
	if _told:
		return "sends nothing: " + _told
	var parts := PackedStringArray()
	for condition: String in _last:
		parts.append("%s = %s" % [condition, _in_words(_last[condition])])
	return ", ".join(parts) if parts else "nothing has been sent yet"


## Send at the next tick, even if nothing has changed.
func send_again() -> void:
	_again = true
	_since = INF


# What the stream has of these conditions, such as after a save was loaded: numbers and words only.
func _held(values: Dictionary) -> Dictionary:
	var found := {}
	for condition: String in values:
		var value: Variant = stream._session.effective.get(condition)
		if value is float or value is String or value is StringName:
			found[condition] = value
	return found


func _takes() -> bool:
	return stream.is_running() and stream.state in [DreamStream.State.PLAYING, DreamStream.State.SLOWED, DreamStream.State.PAUSED]


# For the subclass: the conditions that it directs, what is wrong with its properties, and whether values differ enough to be sent.
func _conditions() -> PackedStringArray:
	return []


func _own_warnings() -> PackedStringArray:
	return []


func _differs(values: Dictionary, before: Dictionary) -> bool:
	return values.hash() != before.hash()


func _in_words(value: Variant) -> String:
	return str(snappedf(value as float, 0.001)) if value is float else str(value)


# An error is told once, until another one takes its place.
func _tell(what: String) -> void:
	if what and what != _told:
		push_warning("Dreambridge: the node %s sends nothing: %s" % [name, what])
	_told = what
