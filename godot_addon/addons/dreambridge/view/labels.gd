extends RefCounted
## Which label a node has: its metadata [code]dream_label[/code], else its group [code]dream_<label>[/code], else what its
## nearest ancestor has. The label "none" leaves a node and what is under it out; "leaves/plant" is the first of these that the
## palette has.

const META := &"dream_label"
const PREFIX := "dream_"
const GROUP := "dream_%s"
const NONE := "none"
## What has no label, and is in the view by its colour.
const UNLABELLED := "unlabelled"
## Its number: above those of all palettes.
const UNLABELLED_NUMBER := 65

## Label to its number, from 1 on in the palette's order.
var numbers := {}
## By number; 0 is the background's.
var colours := PackedVector3Array()

var _groups := {}
var _told := {}


## [param coloured]: the view has colours, so that things without a label can be in it.
func _init(palette: Dictionary, background: String, coloured := false) -> void:
	colours.append(_colour(palette, background))
	for label: String in palette:
		numbers[label] = colours.size()
		_groups[StringName(GROUP % label)] = label
		colours.append(_colour(palette, label))
	_groups[StringName(GROUP % NONE)] = NONE
	if coloured:
		numbers[UNLABELLED] = UNLABELLED_NUMBER


## The number of [param node]'s label, [param unlabelled] when neither it nor an ancestor has one; 0 is "none".
func of(node: Node, unlabelled: String) -> int:
	var above := node
	while above != null:
		var label := own(above)
		if label:
			return number(label, above)
		above = above.get_parent()
	return numbers.get(unlabelled, 0)


## The label that [param node] itself has, or "".
func own(node: Node) -> String:
	if node.has_meta(META):
		return str(node.get_meta(META))
	for group in node.get_groups():
		if _groups.has(group):
			return _groups[group]
		if group.begins_with(PREFIX):
			number(group.trim_prefix(PREFIX), node)  # tells of a misspelt one
	return ""


## The number of [param label]; what is no label of the palette is told of once, and left out.
func number(label: String, of_what: Object) -> int:
	for one in label.split("/"):
		if numbers.has(one):
			return numbers[one]
	if label != NONE and not _told.has(label):
		_told[label] = true
		push_warning("Dreambridge: %s has the label %s, which is not in the bundle's palette (%s)." % [of_what, label, ", ".join(numbers.keys())])
	return 0


static func _colour(palette: Dictionary, label: String) -> Vector3:
	if not palette.has(label):
		return Vector3.ZERO
	var c: Array = palette[label]["colour"]
	return Vector3(c[0], c[1], c[2]) / 255.0
