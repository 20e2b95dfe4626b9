@tool
@icon("icons/dream_camera.svg")
class_name DreamCamera
extends "sender.gd"
## Directs the camera of a bundle by a camera of the game: where it stands, and how close it looks.
##
## Vista has [code]camera_x[/code] in widths of the screen, and [code]camera_zoom[/code]. A [Camera2D] gives its position and zoom. A
## [Camera3D] gives its position along its right-hand side or its turn, and the field of view.

## What of the camera becomes the place.
enum Axis {
	## How far it has moved to its right-hand side.
	RIGHT,
	## How far it has turned to its right, in degrees.
	TURN,
}

## The [Camera2D] or [Camera3D]. Empty: the one that the viewport uses.
@export var camera: Node:
	set(value):
		camera = value
		update_configuration_warnings()
## Condition for the place, in widths of the screen. Empty: none.
@export var x_condition := "camera_x"
## Condition for the zoom: 1 is the camera as it was when the scene began. Empty: none.
@export var zoom_condition := "camera_zoom"
## What of a [Camera3D] becomes the place.
@export var axis := Axis.RIGHT
## What counts as one width of the screen: pixels of a [Camera2D] (0: the width of the viewport), metres or degrees of a [Camera3D].
@export_range(0.0, 10000.0, 0.1, "or_greater") var units_per_screen := 0.0
## Smaller changes are not sent.
@export_range(0.0, 0.2, 0.0005) var dead_band := 0.001

var _begun: Node
var _first_place := 0.0
var _first_zoom := 1.0


## What would be sent now.
func read() -> Dictionary:
	var now := _camera()
	if now == null:
		return {}
	if now != _begun:
		_begun = now
		_first_zoom = _zoom(now)
		_first_place = 0.0 if now is Camera2D else _place(now)
	var values := {}
	if x_condition:
		values[x_condition] = _within(x_condition, (_place(now) - _first_place) / _unit(now))
	if zoom_condition:
		values[zoom_condition] = _within(zoom_condition, _zoom(now) / _first_zoom)
	return values


## The place and zoom of the camera as it is now count as 0 and 1 from here on. For a [Camera2D] place 0 is the origin of the world.
func begin_here() -> void:
	_begun = null


func _camera() -> Node:
	if camera:
		return camera
	if not is_inside_tree():
		return null
	var viewport := get_viewport()
	var found: Node = viewport.get_camera_2d()
	return found if found else viewport.get_camera_3d()


func _place(of: Node) -> float:
	if of is Camera2D:
		return (of as Camera2D).get_screen_center_position().x
	var at := (of as Camera3D).global_transform
	return at.origin.dot(at.basis.x) if axis == Axis.RIGHT else -rad_to_deg(at.basis.get_euler().y)


func _zoom(of: Node) -> float:
	if of is Camera2D:
		return (of as Camera2D).zoom.x
	var eye := of as Camera3D
	return 1.0 / tan(deg_to_rad(eye.fov) / 2) if eye.projection != Camera3D.PROJECTION_ORTHOGONAL else 1.0 / eye.size


func _unit(of: Node) -> float:
	if units_per_screen > 0:
		return units_per_screen
	if of is Camera2D:
		return get_viewport().get_visible_rect().size.x
	return 10.0 if axis == Axis.RIGHT else 60.0


func _within(condition: String, value: float) -> float:
	var limits: Variant = (stream._known().get(condition, {}) as Dictionary).get("range") if stream else null
	return clampf(value, limits[0] as float, limits[1] as float) if limits is Array else value


func _conditions() -> PackedStringArray:
	return Array([x_condition, zoom_condition]).filter(func(condition: String) -> bool: return condition != "")


func _own_warnings() -> PackedStringArray:
	return ["The camera must be a Camera2D or a Camera3D."] if camera and not camera is Camera2D and not camera is Camera3D else []


func _differs(values: Dictionary, before: Dictionary) -> bool:
	for condition: String in values:
		if not before.has(condition) or absf((values[condition] as float) - (before[condition] as float)) > dead_band:
			return true
	return false
