@tool
extends Control
## In the inspector of an object with conditions: gives each property [code]conditions/NAME[/code] a tooltip with what the bundle says of it.
## Godot itself has tooltips for members of a script only, and replaces any other text of an EditorProperty.

const Tip := preload("condition_tip.gd")
const PREFIX := "conditions/"

var _object: Object
var _schema: Dictionary


func _init(object: Object, schema: Dictionary) -> void:
	_object = object
	_schema = schema
	hide()


func _ready() -> void:
	# The properties come after this.
	_add.call_deferred()


func _add() -> void:
	var inspector := get_parent()
	while inspector and not inspector is EditorInspector:
		inspector = inspector.get_parent()
	if inspector == null or not is_instance_valid(_object):
		return
	for node: EditorProperty in inspector.find_children("*", "EditorProperty", true, false):
		var condition := str(node.get_edited_property()).trim_prefix(PREFIX)
		if node.get_edited_object() == _object and str(node.get_edited_property()) == PREFIX + condition and _schema.has(condition):
			Tip.put_on(node, condition, _schema[condition] as Dictionary)
