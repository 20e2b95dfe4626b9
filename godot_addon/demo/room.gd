class_name DemoRoom
extends Node2D
## A gallery at night: the painting in its frame is what lights it.

const FLOOR := 520.0
const PICTURE := Rect2(376, 62, 400, 400)
const WIDTH := 1152.0
const HEIGHT := 648.0

## Colour that the painting throws into the room.
var glow := Color(0.3, 0.3, 0.36):
	set(value):
		if absf(value.get_luminance() - glow.get_luminance()) + absf(value.r - glow.r) > 0.004:
			queue_redraw()
		glow = value


func _draw() -> void:
	var wall := Color(0.10, 0.085, 0.10).lerp(glow, 0.10)
	draw_rect(Rect2(-400, 0, WIDTH + 800, FLOOR), wall)
	# light on the wall around the picture, as a fan that fades outwards
	_fan(PICTURE.get_center(), 620, Color(glow, 0.34))
	for x in range(-384, 1600, 96):
		draw_line(Vector2(x, 0), Vector2(x, FLOOR - 70), Color(1, 1, 1, 0.018), 40)
	draw_rect(Rect2(-400, FLOOR - 70, WIDTH + 800, 70), Color(0.075, 0.06, 0.07).lerp(glow, 0.06))
	draw_rect(Rect2(-400, FLOOR - 74, WIDTH + 800, 5), Color(0.2, 0.15, 0.12).lerp(glow, 0.2))
	_floor()
	_frame()


func _fan(centre: Vector2, radius: float, colour: Color) -> void:
	var points := PackedVector2Array([centre])
	var colours := PackedColorArray([colour])
	for i in 49:
		points.append(centre + Vector2.from_angle(TAU * i / 48.0) * radius)
		colours.append(Color(colour, 0))
	for i in range(1, 49):
		draw_polygon(PackedVector2Array([points[0], points[i], points[i + 1]]), PackedColorArray([colours[0], colours[i], colours[i + 1]]))


func _floor() -> void:
	var near := Color(0.17, 0.11, 0.08).lerp(glow, 0.12)
	var far := near.lightened(0.06).lerp(glow, 0.16)
	draw_polygon(
		PackedVector2Array([Vector2(-400, FLOOR), Vector2(WIDTH + 400, FLOOR), Vector2(WIDTH + 400, HEIGHT + 200), Vector2(-400, HEIGHT + 200)]),
		PackedColorArray([far, far, near.darkened(0.3), near.darkened(0.3)]),
	)
	for i in range(-14, 15):
		draw_line(Vector2(576 + i * 62, FLOOR), Vector2(576 + i * 170, HEIGHT + 200), Color(0, 0, 0, 0.22), 2.0, true)
	# the picture's light lies on the boards
	draw_polygon(
		PackedVector2Array([Vector2(430, FLOOR), Vector2(722, FLOOR), Vector2(900, HEIGHT), Vector2(252, HEIGHT)]),
		PackedColorArray([Color(glow, 0.30), Color(glow, 0.30), Color(glow, 0.0), Color(glow, 0.0)]),
	)


func _frame() -> void:
	draw_rect(PICTURE.grow(40), Color(0, 0, 0, 0.25))
	var gold: Array[Color] = [Color(0.30, 0.20, 0.08), Color(0.62, 0.45, 0.18), Color(0.80, 0.62, 0.28), Color(0.46, 0.32, 0.12), Color(0.16, 0.10, 0.05)]
	for i in gold.size():
		draw_rect(PICTURE.grow(30 - i * 6.0), gold[i].lerp(glow, 0.12))
	for corner: Vector2 in [Vector2(0, 0), Vector2(1, 0), Vector2(0, 1), Vector2(1, 1)]:
		draw_circle(PICTURE.grow(18).position + PICTURE.grow(18).size * corner, 9, Color(0.86, 0.70, 0.36))
	draw_rect(PICTURE, Color(0.05, 0.05, 0.07))
	draw_rect(Rect2(526, 500, 100, 14), Color(0.62, 0.48, 0.22).lerp(glow, 0.2))
