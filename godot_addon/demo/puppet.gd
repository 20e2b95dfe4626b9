class_name DemoPuppet
extends Node2D
## A figure of seventeen joints in COCO order that walks, waves and is drawn as a paper puppet.

const LIMBS: Array[Vector2i] = [Vector2i(6, 8), Vector2i(8, 10), Vector2i(12, 14), Vector2i(14, 16), Vector2i(11, 13), Vector2i(13, 15), Vector2i(5, 7), Vector2i(7, 9)]

@export var coat := Color(0.82, 0.2, 0.16)
@export var cloth := Color(0.2, 0.18, 0.28)
@export var skin := Color(0.93, 0.78, 0.66)
## Pixels a unit; the figure is a little over two units tall.
@export var size := 78.0

var facing := 1.0
## How far an arm is lifted, 0 to 1.
var waving := 0.0
## Speed of the walk, 0 standing.
var pace := 0.0
var phase := 0.0
var joints := PackedVector2Array()


func _process(delta: float) -> void:
	phase += delta * pace
	joints = pose()
	queue_redraw()


## The joints around the point between the feet, in pixels.
func pose() -> PackedVector2Array:
	var k := PackedVector2Array()
	k.resize(17)
	var stride := clampf(pace / 4.0, 0.0, 1.0)
	var hip := Vector2(0, -1.0)
	var shoulder := Vector2(facing * 0.06, -1.78 + 0.015 * sin(Time.get_ticks_msec() / 700.0))
	var head := shoulder + Vector2(facing * 0.07, -0.34)
	k[0] = head + Vector2(facing * 0.12, 0)
	k[1] = head + Vector2(0.04, -0.04)
	k[2] = head + Vector2(-0.04, -0.04)
	k[3] = head + Vector2(0.1, 0)
	k[4] = head + Vector2(-0.1, 0)
	k[5] = shoulder + Vector2(0.1, 0)
	k[6] = shoulder - Vector2(0.1, 0)
	k[11] = hip + Vector2(0.07, 0)
	k[12] = hip - Vector2(0.07, 0)
	for side in 2:
		var q := phase + PI * side
		var thigh := 0.55 * sin(q) * stride
		var shin := thigh - (0.55 * maxf(0.0, cos(q)) + 0.1) * stride
		k[13 + side] = k[11 + side] + 0.5 * _limb(thigh)
		k[15 + side] = k[13 + side] + 0.5 * _limb(shin)
		var upper := -0.5 * sin(q) * stride + (waving * (2.3 + 0.25 * sin(Time.get_ticks_msec() / 130.0)) if side else 0.0)
		k[7 + side] = k[5 + side] + 0.4 * _limb(upper)
		k[9 + side] = k[7 + side] + 0.38 * _limb(upper + 0.45)
	for i in 17:
		k[i] *= size
	return k


## The pose as the condition wants it, [x, y, visibility] for each joint in shares of the picture; the feet stand at
## [param foot], and [param height] is what one unit of the figure takes.
func as_condition(foot: Vector2, height: float) -> PackedFloat32Array:
	var out := PackedFloat32Array()
	for joint in joints:
		out.append_array([foot.x + joint.x / size * height, foot.y + joint.y / size * height, 1.0])
	return out


func _limb(angle: float) -> Vector2:
	return Vector2(facing * sin(angle), cos(angle))


func _draw() -> void:
	if joints.size() < 17:
		return
	draw_set_transform(Vector2.ZERO, 0, Vector2(1, 0.16))
	draw_circle(Vector2.ZERO, size * 0.55, Color(0, 0, 0, 0.35))
	draw_set_transform(Vector2.ZERO)
	for i in LIMBS.size():
		if i == 4:
			_draw_body()
		var leg := i in [2, 3, 4, 5]
		var colour := cloth if leg else coat.darkened(0.25 if i < 2 else 0.0)
		var from := joints[LIMBS[i].x]
		var to := joints[LIMBS[i].y]
		_capsule(from, to, size * (0.12 if leg else 0.09), colour.darkened(0.25) if i < 4 else colour)
	for hand: int in [10, 9]:
		draw_circle(joints[hand], size * 0.055, skin)


func _draw_body() -> void:
	var neck := (joints[5] + joints[6]) / 2
	var hip := (joints[11] + joints[12]) / 2
	_capsule(neck + Vector2(0, size * 0.1), hip, size * 0.2, coat)
	var head := (joints[3] + joints[4]) / 2
	_capsule(neck, head, size * 0.06, skin.darkened(0.15))
	draw_circle(head, size * 0.17, skin)
	# a hood over the back of the head
	draw_circle(head - Vector2(facing * size * 0.05, size * 0.03), size * 0.18, coat)
	draw_circle(head + Vector2(facing * size * 0.06, size * 0.02), size * 0.12, skin)
	draw_circle(head + Vector2(facing * size * 0.11, 0), size * 0.018, Color(0.1, 0.08, 0.1))


func _capsule(from: Vector2, to: Vector2, radius: float, colour: Color) -> void:
	draw_circle(from, radius, colour)
	draw_circle(to, radius, colour)
	if from.distance_squared_to(to) > 0.01:
		draw_line(from, to, colour, radius * 2)
