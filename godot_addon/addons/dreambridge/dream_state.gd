@tool
@icon("icons/dream_state.svg")
class_name DreamState
extends "sender.gd"
## Directs a condition of a [DreamStream] by a value of the game: a property of a node, or an expression of its properties and methods.
##
## For example, [member source] is the player, [member expression] is [code]health / max_health[/code], and the range from 0 to 1 becomes the
## range from 1 to 0 of the condition [code]energy[/code].

## The node whose value is read. Empty: the parent.
@export var source: Node
## A property such as [code]position:x[/code], or an expression such as [code]health / max_health[/code].
@export var expression := "":
	set(value):
		expression = value
		_parsed = null
		update_configuration_warnings()
## Name of the condition.
@export var condition := "":
	set(value):
		condition = value
		update_configuration_warnings()
@export_group("Numbers")
## This range of the value …
@export var from := Vector2(0, 1)
## … becomes this range of the condition. The same as [member from]: the value is sent as it is.
@export var to := Vector2(0, 1)
## Keep to the range [member to].
@export var clamped := true
## Shape of the mapping, from 0-1 to 0-1. Empty: a line.
@export var curve: Curve
## Smaller changes of the condition are not sent.
@export_range(0.0, 1.0, 0.001, "or_greater") var dead_band := 0.005
@export_group("Words")
## The value of the game to the value of the condition, such as [code]{true: "storm", false: "clear"}[/code]. Others are sent as they are.
@export var words := {}

var _parsed: Expression
var _wrong := ""


## What would be sent now.
func read() -> Dictionary:
	var node := source if source else get_parent()
	if node == null or condition.is_empty() or expression.is_empty():
		return {}
	var value: Variant = _value(node)
	if _wrong:
		_tell(_wrong)
		return {}
	_tell("")
	if words.has(value):
		return {condition: words[value]}
	if value is bool:
		value = 1.0 if value else 0.0
	if value is float or value is int:
		return {condition: mapped(value as float)}
	return {} if value == null else {condition: value}


## A number of the game as the condition gets it.
func mapped(value: float) -> float:
	if from == to and curve == null and not clamped:
		return value
	var share := inverse_lerp(from.x, from.y, value) if from.x != from.y else 0.0
	if clamped or curve:
		share = clampf(share, 0.0, 1.0)
	return lerpf(to.x, to.y, curve.sample_baked(share) if curve else share)


func _value(node: Node) -> Variant:
	_wrong = ""
	if _is_path():
		var found: Variant = node.get_indexed(NodePath(expression))
		if found == null:
			_wrong = "%s has no property %s." % [node.name, expression]
		return found
	if _parsed == null:
		_parsed = Expression.new()
		if _parsed.parse(expression) != OK:
			_wrong = "%s: %s" % [expression, _parsed.get_error_text()]
			_parsed = null
			return null
	var result: Variant = _parsed.execute([], node, false)
	if _parsed.has_execute_failed():
		_wrong = "%s: %s" % [expression, _parsed.get_error_text()]
	return result


func _is_path() -> bool:
	return expression.replace(":", "_").is_valid_identifier()


func _conditions() -> PackedStringArray:
	return [condition] if condition else []


func _own_warnings() -> PackedStringArray:
	var said := PackedStringArray()
	if condition.is_empty():
		said.append("Set the property condition to the name of the condition to direct.")
	if expression.is_empty():
		said.append("Set the property expression to a property of the source, such as position:x.")
	elif not _is_path() and Expression.new().parse(expression) != OK:
		said.append("The expression cannot be read: %s" % expression)
	return said


func _differs(values: Dictionary, before: Dictionary) -> bool:
	for named: String in values:
		var now: Variant = values[named]
		var last: Variant = before.get(named)
		if typeof(now) != typeof(last) or (absf((now as float) - (last as float)) > dead_band if now is float else now != last):
			return true
	return false
