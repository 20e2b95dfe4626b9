class_name KeeperFigure
extends Node2D
## The player's figure: walks between two places, and carries a lantern that lights the room.

signal stepped

const SPEED := 200.0
const TALL := 158.0
const STEP := PI

## The colours of coat and scarf.
@export var coat := Color(0.2, 0.27, 0.36)
@export var scarf := Color(0.6, 0.43, 0.18)

var from_x := 0.0
var to_x := 1000.0
## May the player move it?
var free := false
var facing := 1.0

var _pace := 0.0
var _phase := 0.0

@onready var _lantern: PointLight2D = $Lantern


func _process(delta: float) -> void:
	var way := Input.get_axis(&"keeper_left", &"keeper_right") if free else 0.0
	_pace = move_toward(_pace, way, delta * 6.0)
	if absf(way) > 0.1:
		facing = signf(way)
	var before := floori(_phase / STEP)
	position.x = clampf(position.x + _pace * SPEED * delta, from_x, to_x)
	_phase += absf(_pace) * delta * 8.4
	if floori(_phase / STEP) != before:
		stepped.emit()
	_lantern.position = _hand() + Vector2(0, 16)
	_lantern.energy = 0.5 + 0.06 * sin(Time.get_ticks_msec() / 90.0) + 0.05 * sin(Time.get_ticks_msec() / 37.0)
	queue_redraw()


func _hand() -> Vector2:
	var swing := sin(_phase) * 5.0 * absf(_pace)
	return Vector2(facing * (27 + swing * 0.5), -72 + absf(swing) * 0.3)


func _draw() -> void:
	var breath := 1.2 * sin(Time.get_ticks_msec() / 640.0) if absf(_pace) < 0.1 else 1.8 * absf(cos(_phase))
	KeeperBrush.soft(self, Vector2(0, 3), Vector2(46, 9), Color(0, 0, 0, 0.55))
	for side: float in [1.0, 0.0]:
		var swing := sin(_phase + side * PI) * absf(_pace)
		var lift := maxf(0.0, cos(_phase + side * PI)) * absf(_pace)
		var foot := Vector2(facing * swing * 22 + (side - 0.5) * 8, -5 - lift * 7)
		var knee := Vector2(facing * (swing * 12 + lift * 7), -36)
		var dark := Color(0.12, 0.12, 0.16) if side else Color(0.17, 0.17, 0.22)
		draw_polyline(PackedVector2Array([Vector2((side - 0.5) * 8, -66), knee, foot]), dark, 13, true)
		draw_colored_polygon(PackedVector2Array([foot + Vector2(-7, 5), foot + Vector2(-6, -5), foot + Vector2(facing * 8, -5), foot + Vector2(facing * 14 + 1, 5)]), dark.darkened(0.4))
	# the far arm
	draw_polyline(PackedVector2Array([Vector2(-facing * 9, -108 + breath), Vector2(-facing * 15, -84), Vector2(-facing * (14 + sin(_phase) * 9 * _pace * facing), -62)]), coat.darkened(0.3), 11, true)
	var sway := sin(_phase * 2.0) * 2.5 * absf(_pace) - _pace * 4.0
	var hem := -34.0
	draw_polygon(
		PackedVector2Array([Vector2(-15, -116 + breath), Vector2(15, -116 + breath), Vector2(17, -84), Vector2(25 + sway, hem), Vector2(-25 + sway, hem), Vector2(-17, -84)]),
		PackedColorArray([coat.lightened(0.16), coat.lightened(0.1), coat, coat.darkened(0.3), coat.darkened(0.35), coat]))
	draw_line(Vector2(facing * 2, -110 + breath), Vector2(facing * 3 + sway * 0.6, hem), coat.darkened(0.45), 2, true)
	for k in 3:
		draw_circle(Vector2(facing * 7, -102 + k * 15 + breath), 2.2, Color(0.82, 0.66, 0.36))
	draw_rect(Rect2(-17, -82, 34, 5), coat.darkened(0.5))
	_head(Vector2(facing * 2, -134 + breath))
	# the near arm with the lantern
	var hand := _hand()
	draw_polyline(PackedVector2Array([Vector2(facing * 9, -109 + breath), Vector2(facing * 20, -90), hand]), coat.lightened(0.08), 11, true)
	draw_circle(hand, 5.5, Color(0.72, 0.56, 0.45))
	_draw_lantern(hand)


func _head(at: Vector2) -> void:
	var skin := Color(0.72, 0.56, 0.45)
	draw_circle(at, 15, skin)
	draw_circle(at + Vector2(facing * 13, 2), 4, skin)
	draw_circle(at + Vector2(facing * 7, -1), 1.9, Color(0.12, 0.1, 0.12))
	# hair, beard of a scarf, cap
	draw_arc(at, 12.5, PI * (0.55 if facing > 0 else -0.05), PI * (1.05 if facing > 0 else 0.45), 10, Color(0.28, 0.2, 0.15), 6)
	draw_polyline(PackedVector2Array([at + Vector2(-13, 14), at + Vector2(0, 18), at + Vector2(13, 13)]), scarf, 10, true)
	draw_line(at + Vector2(-facing * 9, 16), at + Vector2(-facing * 15, 38), scarf.darkened(0.15), 8, true)
	draw_colored_polygon(PackedVector2Array([at + Vector2(-16, -5), at + Vector2(-14, -17), at + Vector2(0, -21), at + Vector2(14, -17), at + Vector2(16, -5)]), coat.darkened(0.15))
	draw_rect(Rect2(at.x - 16, at.y - 9, 32, 5), coat.darkened(0.45))
	draw_colored_polygon(PackedVector2Array([at + Vector2(facing * 10, -7), at + Vector2(facing * 25, -4), at + Vector2(facing * 10, -3)]), coat.darkened(0.5))


func _draw_lantern(hand: Vector2) -> void:
	var brass := Color(0.7, 0.54, 0.3)
	draw_arc(hand + Vector2(0, 8), 8, PI, TAU, 10, brass, 2, true)
	draw_rect(Rect2(hand.x - 9, hand.y + 7, 18, 4), brass)
	draw_rect(Rect2(hand.x - 8, hand.y + 11, 16, 20), Color(2.4, 1.8, 0.9))
	draw_line(hand + Vector2(0, 11), hand + Vector2(0, 31), brass.darkened(0.3), 1.5)
	draw_rect(Rect2(hand.x - 10, hand.y + 31, 20, 5), brass.darkened(0.2))
	KeeperBrush.soft(self, hand + Vector2(0, 20), Vector2(46, 46), Color(1.0, 0.78, 0.4, 0.28))
