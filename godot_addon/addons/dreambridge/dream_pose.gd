@tool
@icon("icons/dream_pose.svg")
class_name DreamPose
extends "sender.gd"
## Directs a [code]pose[/code] condition of a [DreamStream] by figures of the game: 17 joints each, where the camera sees them.
##
## A figure is a [Skeleton2D], a [Skeleton3D], or any node whose descendants mark the joints. Each joint is a property, such as
## [code]joints/left_wrist[/code]: the name of a bone or of a marker. The names of Godot's humanoid profile are the defaults. A joint without a
## name, or whose bone is missing, is invisible.

const Joints := preload("view/joints.gd")
## Beginning of the properties that name the bones.
const PREFIX := "joints/"

## The figures: [Skeleton2D], [Skeleton3D], or a node with markers below it.
@export var figures: Array[NodePath] = []:
	set(value):
		figures = value
		update_configuration_warnings()
		notify_property_list_changed()
## Name of the condition.
@export var condition := "pose":
	set(value):
		condition = value
		update_configuration_warnings()
## The camera that sees 3D figures. Empty: the one that the viewport uses.
@export var camera: Camera3D
## The [Control] that shows the picture: joints count within its rectangle. Empty: within the whole viewport.
@export var frame: Control
## Smaller movements are not sent, in widths of the picture.
@export_range(0.0, 0.1, 0.0005) var dead_band := 0.002

## Joint to the name of its bone or marker. Those that are not in it have their default.
var joints := {}


## What would be sent now: 51 numbers for each figure.
func read() -> Dictionary:
	var found: Array[PackedFloat32Array] = []
	for path in figures:
		var figure := get_node_or_null(path)
		if figure:
			found.append(pose_of(figure))
	return {condition: found} if found and condition else {}


## The 17 joints of a figure in COCO order: x, y, visibility of each.
func pose_of(figure: Node) -> PackedFloat32Array:
	var out := PackedFloat32Array()
	out.resize(Joints.NAMES.size() * 3)
	var window := _window()
	var places := Joints.places(figure, bone_of, _camera())
	for k in Joints.NAMES.size():
		var at: Vector3 = places[k]
		var share := (Vector2(at.x, at.y) - window.position) / window.size
		out[3 * k] = share.x
		out[3 * k + 1] = share.y
		out[3 * k + 2] = at.z
	return out


## The name of the bone or marker of a joint.
func bone_of(joint: String) -> String:
	return joints.get(joint, Joints.HUMANOID.get(joint, ""))


func _camera() -> Camera3D:
	return camera if camera else get_viewport().get_camera_3d() if is_inside_tree() else null


# In coordinates of the viewport.
func _window() -> Rect2:
	if frame:
		return frame.get_global_transform_with_canvas() * Rect2(Vector2.ZERO, frame.size)
	return Rect2(Vector2.ZERO, get_viewport().get_visible_rect().size)


func _get_property_list() -> Array[Dictionary]:
	var suggested := PackedStringArray()
	if figures and is_inside_tree() and get_node_or_null(figures[0]):
		suggested = Joints.names_in(get_node(figures[0]))
	var list: Array[Dictionary] = [{"name": "Joints", "type": TYPE_NIL, "usage": PROPERTY_USAGE_GROUP, "hint_string": PREFIX}]
	for joint in Joints.NAMES:
		list.append({
			"name": PREFIX + joint, "type": TYPE_STRING, "hint": PROPERTY_HINT_ENUM_SUGGESTION, "hint_string": ",".join(suggested),
			"usage": PROPERTY_USAGE_DEFAULT if joints.has(joint) else PROPERTY_USAGE_EDITOR,
		})
	return list


func _set(property: StringName, value: Variant) -> bool:
	if not property.begins_with(PREFIX):
		return false
	joints[property.trim_prefix(PREFIX)] = str(value)
	update_configuration_warnings()
	return true


func _get(property: StringName) -> Variant:
	if not property.begins_with(PREFIX):
		return null
	return bone_of(property.trim_prefix(PREFIX))


func _property_can_revert(property: StringName) -> bool:
	var joint := property.trim_prefix(PREFIX)
	return property.begins_with(PREFIX) and joints.has(joint) and joints[joint] != Joints.HUMANOID.get(joint, "")


func _property_get_revert(property: StringName) -> Variant:
	return Joints.HUMANOID.get(property.trim_prefix(PREFIX), "")


func _conditions() -> PackedStringArray:
	return [condition] if condition else []


func _own_warnings() -> PackedStringArray:
	if figures.is_empty():
		return ["Add a figure: a Skeleton2D, a Skeleton3D, or a node with markers below it."]
	if not is_inside_tree():
		return []
	var said := PackedStringArray()
	for path in figures:
		var figure := get_node_or_null(path)
		if figure == null:
			said.append("There is no node at %s." % path)
			continue
		var there := Joints.names_in(figure)
		var missing := Array(Joints.NAMES).filter(func(joint: String) -> bool: return bone_of(joint) not in there)
		if missing.size() > Joints.MAX_MISSING:
			said.append("%s has no bone or marker for %s. Name them under Joints." % [figure.name, ", ".join(PackedStringArray(missing))])
	return said


func _in_words(value: Variant) -> String:
	var seen := 0
	for figure: PackedFloat32Array in value:
		for k in Joints.NAMES.size():
			seen += int(figure[3 * k + 2] > 0)
	return "%d figures with %d joints in sight" % [(value as Array).size(), seen]


func _differs(values: Dictionary, before: Dictionary) -> bool:
	var now: Array = values.get(condition, [])
	var last: Array = before.get(condition, [])
	if now.size() != last.size():
		return true
	for f in now.size():
		for k in (now[f] as PackedFloat32Array).size():
			if absf(now[f][k] - last[f][k]) > dead_band:
				return true
	return false
