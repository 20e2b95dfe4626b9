@tool
@icon("icons/dream_conditions.svg")
class_name DreamConditions
extends Resource
## Conditions of a bundle as a resource: one file that several streams and scenes use as [member DreamStream.preset].
##
## Each condition of [member bundle] is a property, such as [code]conditions/weather[/code]. One whose check box is empty is unset. In code
## use [code]set("conditions/weather", "storm")[/code], or [member values]. An [AnimationPlayer] and a [Tween] can change them.

const Holder := preload("conditions/holder.gd")
const Known := preload("conditions/known.gd")

## Name of the bundle whose conditions these are.
@export var bundle := "vista":
	set(value):
		bundle = value
		notify_property_list_changed()
		emit_changed()
## The conditions of [member bundle] when a daemon was last seen, so that the resource can be edited without one.
@export_storage var known_schema := {}

## The conditions that are set, by name. Assign a dictionary to change all of them.
var values: Dictionary:
	get:
		return _holder.values
	set(value):
		_holder.assign(value)

var _holder := Holder.new(schema)


func _init() -> void:
	_holder.changed.connect(emit_changed)
	_holder.listed.connect(notify_property_list_changed)


## The schema of [member bundle]; empty if no daemon has ever told it.
func schema() -> Dictionary:
	return Known.schema(bundle, known_schema)


## The names among [member values] that [member bundle] does not have.
func unknown_conditions() -> PackedStringArray:
	return Holder.Properties.unknown(schema(), values) if schema() else PackedStringArray()


## Keep what is known of [member bundle] with the resource. The editor calls it.
func remember() -> void:
	if Known.bundles.has(bundle):
		known_schema = Known.kept(bundle, schema())


func _validate_property(property: Dictionary) -> void:
	if property["name"] == "bundle":
		Known.as_choice(property, bundle)


func _get_property_list() -> Array[Dictionary]:
	return _holder.list()


func _set(property: StringName, value: Variant) -> bool:
	return _holder.put(property, value)


func _get(property: StringName) -> Variant:
	return _holder.take(property)


func _property_can_revert(property: StringName) -> bool:
	return _holder.can_revert(property)


func _property_get_revert(_property: StringName) -> Variant:
	return null
