@tool
extends Node2D
## The great lens on its clockwork, and the lamp in it.

# Its middle, from the node's place on the floor line.
const LENS := Vector2(0, -266)

## How brightly the lamp burns, 0 to 1.
@export_range(0.0, 1.0) var burning := 0.0:
	set(value):
		burning = value
		queue_redraw()

var _turn := 0.0

@onready var _lamp: PointLight2D = $LampLight


func _process(delta: float) -> void:
	if burning > 0.0:
		_turn += delta * 0.7
		queue_redraw()
	_lamp.energy = 2.0 * burning


func _draw() -> void:
	var brass := Color(0.78, 0.6, 0.33)
	var iron := Color(0.27, 0.28, 0.33)
	KeeperBrush.soft(self, Vector2(LENS.x, 6), Vector2(190, 22), Color(0, 0, 0, 0.6))
	# pedestal with the clockwork
	KeeperBrush.fade_across(self, Rect2(LENS.x - 58, -126, 116, 120), iron.lightened(0.2), iron.darkened(0.4))
	KeeperBrush.fade_across(self, Rect2(LENS.x - 84, -14, 168, 20), iron.lightened(0.1), iron.darkened(0.45))
	KeeperBrush.fade_across(self, Rect2(LENS.x - 104, -138, 208, 16), brass.lightened(0.1), brass.darkened(0.5))
	var works := Vector2(LENS.x, -68)
	draw_circle(works, 34, Color(0.08, 0.08, 0.1))
	_gear(works + Vector2(-7, 3), 22, 12, _turn, brass.darkened(0.15))
	_gear(works + Vector2(15, -13), 12, 8, -_turn * 1.5, brass.lightened(0.1))
	draw_arc(works, 34, 0, TAU, 40, brass, 4, true)
	# the crank
	var crank := Vector2(LENS.x + 58, -66)
	draw_line(crank, crank + Vector2(34, 0), brass.darkened(0.2), 7, true)
	draw_line(crank + Vector2(34, 0), crank + Vector2(34, -30), brass.darkened(0.1), 7, true)
	KeeperBrush.knob(self, crank + Vector2(34, -34), 9, Color(0.5, 0.2, 0.16))
	# glass: rings of prisms round the bull's eye
	var glass := Color(0.6, 0.82, 0.86)
	var shine := 0.22 + 1.2 * burning
	KeeperBrush.soft(self, LENS, Vector2(118, 142) * (1.0 + burning * 0.4), Color(1.0, 0.9, 0.62, 0.1 + 0.55 * burning))
	draw_colored_polygon(_barrel(100, 134), Color(0.1, 0.17, 0.2, 0.72))
	for k in 9:
		var share := 1.0 - k / 9.5
		KeeperBrush.rim(self, _barrel(96 * share, 130 * share), Color(glass.lerp(Color(1.0, 0.93, 0.7), burning), 0.2 + 0.1 * (k % 3)), 5)
		draw_polyline(_barrel(96 * share, 130 * share).slice(18, 30), Color(1, 1, 1, minf(1.0, (0.16 + 0.1 * (k % 2)) * (1.0 + shine))), 2, true)
	for k in 4:
		var angle := _turn + k * PI / 2.0
		var across := sin(angle)
		if cos(angle) > 0.0:
			_eye(LENS + Vector2(across * 72, 0), Vector2(26 * cos(angle) + 3, 34), cos(angle))
	draw_colored_polygon(_drop(LENS + Vector2(0, 18), 8.0 + 10.0 * burning), Color(1.0, 0.84, 0.5, 0.25 + 0.75 * burning) * (1.0 + 1.5 * burning))
	for x: float in [-100.0, 100.0]:
		KeeperBrush.beam(self, Rect2(LENS.x + x - 5, LENS.y - 112, 10, 244), brass)
	KeeperBrush.fade_across(self, Rect2(LENS.x - 110, LENS.y - 124, 220, 14), brass.lightened(0.15), brass.darkened(0.5))
	draw_colored_polygon(PackedVector2Array([Vector2(LENS.x - 96, LENS.y - 124), Vector2(LENS.x + 96, LENS.y - 124), Vector2(LENS.x + 40, LENS.y - 158), Vector2(LENS.x - 40, LENS.y - 158)]), brass.darkened(0.3))
	KeeperBrush.knob(self, Vector2(LENS.x, LENS.y - 166), 12, brass)


func _barrel(half_width: float, half_height: float) -> PackedVector2Array:
	var points := PackedVector2Array()
	for k in 40:
		var angle := TAU * k / 40.0
		var x := signf(cos(angle)) * pow(absf(cos(angle)), 0.6)
		points.append(LENS + Vector2(x * half_width, sin(angle) * half_height))
	return points


func _eye(at: Vector2, radii: Vector2, front: float) -> void:
	for k in 4:
		var share := 1.0 - k * 0.24
		var ring := PackedVector2Array()
		for j in 25:
			ring.append(at + Vector2.from_angle(TAU * j / 24.0) * radii * share)
		draw_polyline(ring, Color(0.9, 0.98, 1.0, 0.5 * front), 2, true)
	KeeperBrush.soft(self, at, radii * (0.9 + burning), Color(1.0, 0.95, 0.8, (0.14 + 0.7 * burning) * front))


func _gear(at: Vector2, radius: float, teeth: int, turn: float, colour: Color) -> void:
	for k in teeth:
		var way := Vector2.from_angle(turn + TAU * k / teeth)
		draw_line(at + way * radius * 0.7, at + way * (radius + 4), colour, 5)
	draw_circle(at, radius, colour)
	draw_circle(at, radius * 0.62, colour.darkened(0.35))
	draw_circle(at, radius * 0.2, colour.lightened(0.3))


func _drop(at: Vector2, size: float) -> PackedVector2Array:
	var points := PackedVector2Array()
	for k in 20:
		var angle := TAU * k / 20.0
		var up := maxf(0.0, -sin(angle))
		points.append(at + Vector2(cos(angle) * size * (1.0 - 0.75 * up), sin(angle) * size * (1.0 + 1.6 * up)))
	return points

