extends RefCounted
## The conditions that an object holds, and their properties [code]conditions/NAME[/code].

## A value changed.
signal changed
## Other properties are there, or have another check box.
signal listed
## An event was set. It passes, so that it is not held.
signal struck(condition: String, value: Variant)

const Messages := preload("../protocol/messages.gd")
const Properties := preload("properties.gd")
const PREFIX := Properties.PREFIX

## What was set, by name.
var values := {}
## What holds for conditions that are not in [member values], by name.
var below := {}

var _schema: Callable
var _told := {}


## [param schema] gives the schema as it is known now.
func _init(schema: Callable) -> void:
	_schema = schema


## Replace all values; null is the same as absent.
func assign(given: Dictionary) -> void:
	values = {}
	for condition: Variant in given:
		if given[condition] != null:
			values[condition] = given[condition]
	changed.emit()
	listed.emit()


func list() -> Array[Dictionary]:
	return Properties.list(_known(), values)


## For [code]_set[/code].
func put(property: StringName, value: Variant) -> bool:
	if not property.begins_with(PREFIX):
		return false
	var condition := property.trim_prefix(PREFIX)
	var entry := _entry(condition)
	var now: Variant = Properties.cleaned(entry, value)
	if entry.get("kind") in Messages.MOMENTARY_KINDS:
		struck.emit(condition, now)
		return true
	var before := values.has(condition)
	if now == null:
		values.erase(condition)
	else:
		values[condition] = now
	changed.emit()
	if before != (now != null):
		listed.emit()
	return true


## For [code]_get[/code].
func take(property: StringName) -> Variant:
	if not property.begins_with(PREFIX):
		return null
	var condition := property.trim_prefix(PREFIX)
	return values[condition] if values.has(condition) else below[condition] if below.has(condition) else Properties.default_of(_entry(condition))


## For [code]_property_can_revert[/code]: back to unset, which is null.
func can_revert(property: StringName) -> bool:
	return property.begins_with(PREFIX) and values.has(property.trim_prefix(PREFIX))


## All that holds, by name.
func all() -> Dictionary:
	return values.merged(below)


## What holds now and did not at the last call, by name; null: it is unset.
func difference() -> Dictionary:
	var now := all()
	var other := {}
	for condition: Variant in now.merged(_told):
		var a: Variant = now.get(condition)
		var b: Variant = _told.get(condition)
		if typeof(a) != typeof(b) or a != b:
			other[condition] = a
	_told = now
	return other


func _known() -> Dictionary:
	return _schema.call()


func _entry(condition: String) -> Dictionary:
	return _known().get(condition, {})
