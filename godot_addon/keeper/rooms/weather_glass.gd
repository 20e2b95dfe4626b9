@tool
extends Node2D
## The weather glass on the wall of the gallery.

## Where the needle stands, from 0 (storm) to 1 (fair).
@export_range(0.0, 1.0) var needle := 0.8:
	set(value):
		needle = value
		queue_redraw()


func _draw() -> void:
	var at := Vector2.ZERO
	var wood := Color(0.42, 0.25, 0.15)
	KeeperBrush.soft(self, at + Vector2(6, 16), Vector2(86, 120), Color(0, 0, 0, 0.3))
	draw_colored_polygon(KeeperBrush.arch(Rect2(at.x - 22, at.y - 110, 44, 200), 22), wood.darkened(0.2))
	draw_colored_polygon(KeeperBrush.arch(Rect2(at.x - 17, at.y - 106, 34, 192), 18), wood)
	draw_rect(Rect2(at.x - 5, at.y - 100, 10, 44), Color(0.9, 0.87, 0.78))
	draw_rect(Rect2(at.x - 1.5, at.y - 84, 3, 28), Color(0.75, 0.2, 0.16))
	draw_circle(at, 60, wood.darkened(0.35))
	draw_circle(at, 56, Color(0.76, 0.6, 0.32))
	draw_circle(at, 49, Color(0.5, 0.38, 0.18))
	draw_circle(at, 46, Color(0.92, 0.89, 0.8))
	for k in 31:
		var angle := PI * 0.78 + PI * 1.44 * k / 30.0
		var long := 9.0 if k % 5 == 0 else 4.0
		draw_line(at + Vector2.from_angle(angle) * 42, at + Vector2.from_angle(angle) * (42 - long), Color(0.2, 0.16, 0.14), 1.5, true)
	draw_arc(at, 26, PI * 0.78, PI * 1.1, 12, Color(0.62, 0.22, 0.18), 5, true)
	draw_arc(at, 26, PI * 1.14, PI * 1.76, 16, Color(0.5, 0.52, 0.54), 5, true)
	draw_arc(at, 26, PI * 1.8, PI * 2.22, 12, Color(0.3, 0.48, 0.62), 5, true)
	var now := Vector2.from_angle(PI * 0.82 + PI * 1.36 * needle)
	draw_line(at - now * 12, at + now * 38, Color(0.12, 0.1, 0.1), 3.5, true)
	KeeperBrush.knob(self, at, 5, Color(0.8, 0.64, 0.34))
	draw_arc(at, 40, PI * 1.1, PI * 1.5, 14, Color(1, 1, 1, 0.35), 4, true)
