@tool
class_name KeeperMaren
extends Node2D
## Maren, who kept the light for forty years, in her chair by the stove.

## She turns to whoever talks with her.
@export var facing := 1.0


func _process(_delta: float) -> void:
	queue_redraw()


func _draw() -> void:
	var now := Time.get_ticks_msec() / 1000.0
	var breath := 1.3 * sin(now * 1.5)
	var cloth := Color(0.35, 0.2, 0.22)
	var wood := Color(0.32, 0.2, 0.14)
	KeeperBrush.soft(self, Vector2(0, 4), Vector2(84, 12), Color(0, 0, 0, 0.55))
	for x: float in [-46.0, 44.0]:
		draw_line(Vector2(x, -20), Vector2(x * 1.1, 4), wood.darkened(0.2), 9, true)
	# the chair's back, seat and arm
	draw_colored_polygon(KeeperBrush.arch(Rect2(-58, -122, 80, 108), 26), cloth.darkened(0.2))
	draw_colored_polygon(KeeperBrush.arch(Rect2(-50, -118, 64, 100), 22), cloth.lightened(0.07))
	for k in 3:
		draw_circle(Vector2(-36 + k * 18, -106), 2.5, cloth.darkened(0.4))
	KeeperBrush.fade(self, Rect2(-58, -58, 108, 42), cloth.lightened(0.1), cloth.darkened(0.35))
	# skirt, shoes, a shawl
	var skirt := Color(0.24, 0.27, 0.33)
	draw_colored_polygon(PackedVector2Array([Vector2(-26, -64), Vector2(34, -66), Vector2(52, -52), Vector2(56, -8), Vector2(24, -8), Vector2(14, -44), Vector2(-26, -44)]), skirt)
	draw_colored_polygon(PackedVector2Array([Vector2(26, -8), Vector2(66, -8), Vector2(68, 2), Vector2(26, 2)]), Color(0.12, 0.1, 0.1))
	var shawl := Color(0.42, 0.45, 0.5)
	draw_polygon(
		PackedVector2Array([Vector2(-24, -114 + breath), Vector2(12, -118 + breath), Vector2(28, -88), Vector2(24, -56), Vector2(-30, -54), Vector2(-34, -84)]),
		PackedColorArray([shawl.lightened(0.15), shawl.lightened(0.2), shawl, shawl.darkened(0.25), shawl.darkened(0.3), shawl]))
	for k in 5:
		draw_line(Vector2(-26 + k * 11, -56), Vector2(-27 + k * 11, -47), shawl.darkened(0.1), 2)
	# hands on a cup
	var cup := Vector2(30, -70 + breath * 0.5)
	draw_polyline(PackedVector2Array([Vector2(6, -96 + breath), Vector2(14, -76), cup]), shawl.darkened(0.12), 11, true)
	draw_rect(Rect2(cup.x - 2, cup.y - 9, 14, 14), Color(0.82, 0.8, 0.74))
	draw_circle(cup, 6, Color(0.86, 0.7, 0.58))
	for k in 3:
		var rise := fmod(now * 9.0 + k * 8.0, 24.0)
		KeeperBrush.soft(self, cup + Vector2(5 + 3 * sin(now * 2.0 + k), -12 - rise), Vector2(5, 5), Color(1, 1, 1, 0.16 * (1.0 - rise / 24.0)))
	_head(Vector2(-6 + facing * 3, -134 + breath))
	# the chair's arm, in front
	KeeperBrush.beam(self, Rect2(-30, -62, 66, 10), wood)
	KeeperBrush.beam(self, Rect2(26, -56, 9, 44), wood.darkened(0.1))


func _head(at: Vector2) -> void:
	var skin := Color(0.86, 0.7, 0.58)
	var hair := Color(0.82, 0.82, 0.85)
	KeeperBrush.knob(self, at + Vector2(-facing * 12, -12), 8, hair)
	draw_circle(at, 15, skin)
	draw_circle(at + Vector2(facing * 13, 3), 3.8, skin)
	draw_circle(at + Vector2(facing * 6, -1), 1.8, Color(0.12, 0.1, 0.12))
	draw_arc(at + Vector2(facing * 5, -5), 4, PI * 1.15, PI * 1.85, 6, hair.darkened(0.2), 1.5, true)
	draw_arc(at + Vector2(facing * 6, 6), 4, PI * 0.15, PI * 0.8, 6, Color(0.5, 0.3, 0.28), 1.5, true)
	var top := PackedVector2Array()
	for k in 13:
		top.append(at + Vector2.from_angle(PI + PI * k / 12.0) * 16.5)
	top.append(at + Vector2(facing * 13, -6))
	top.append(at + Vector2(-facing * 6, 4))
	top.append(at + Vector2(-facing * 14, 8))
	draw_colored_polygon(Geometry2D.convex_hull(top), hair)
	draw_circle(at + Vector2(facing * 8, 3), 9.5, skin)
	draw_circle(at + Vector2(facing * 13, 4), 3.6, skin)
	draw_circle(at + Vector2(facing * 9, 0), 1.8, Color(0.12, 0.1, 0.12))
	draw_arc(at + Vector2(facing * 9, 8), 3.6, PI * 0.15, PI * 0.8, 6, Color(0.5, 0.3, 0.28), 1.5, true)
