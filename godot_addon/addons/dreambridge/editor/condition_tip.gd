@tool
extends Control
## The tooltip of one condition's property. It lies behind the property's own controls, and passes everything on to the property.

const WIDTH := 360.0

var _title := ""
var _description := ""


## Lay it on a property, once.
static func put_on(property: EditorProperty, condition: String, entry: Dictionary) -> void:
	if property.has_node(^"DreamTip"):
		return
	# The property gives its child controls a place of their own, but not those of a Node2D.
	var between := Node2D.new()
	between.name = "DreamTip"
	var tip: Control = new()
	tip.set("_title", "%s: %s" % [condition, shape(entry)])
	tip.set("_description", str(entry.get("description", "")))
	tip.tooltip_text = condition
	tip.mouse_filter = MOUSE_FILTER_PASS
	tip.size = property.size
	property.resized.connect(func() -> void: tip.size = property.size)
	between.add_child(tip)
	# Godot 4.6 has an empty box over the name. The editor of the value comes after it.
	var place := 1 if property.get_child_count() and property.get_child(0) is HBoxContainer and property.get_child(0).get_child_count() == 0 else 0
	property.add_child(between)
	property.move_child(between, place)


## A condition's kind, its range or number of options, and its unit, in words.
static func shape(entry: Dictionary) -> String:
	var limits: Variant = entry.get("range")
	var options: Variant = entry.get("options")
	var words := str(entry.get("kind", ""))
	if limits is Array and (limits as Array).size() == 2:
		words += " from %s to %s" % (limits as Array).map(func(end: float) -> String: return String.num(end).trim_suffix(".0"))
	elif options is Array and not (options as Array).is_empty():
		words += ", one of %d" % (options as Array).size()
	return words + (" " + str(entry["unit"]) if entry.get("unit") else "")


func _make_custom_tooltip(_text: String) -> Object:
	var rows := VBoxContainer.new()
	var head := Label.new()
	head.text = _title
	head.add_theme_font_override(&"font", get_theme_font(&"bold", &"EditorFonts"))
	rows.add_child(head)
	if _description:
		var words := Label.new()
		words.text = _description
		words.autowrap_mode = TextServer.AUTOWRAP_WORD_SMART
		words.custom_minimum_size.x = WIDTH * EditorInterface.get_editor_scale()
		rows.add_child(words)
	return rows
