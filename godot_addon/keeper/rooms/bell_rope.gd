@tool
extends Node2D
## The rope of the village bell, from the ceiling of the gallery.

## The pull on it, 0 to 1.
@export_range(0.0, 1.0) var pull := 0.0:
	set(value):
		pull = value
		queue_redraw()


func _draw() -> void:
	var top := Vector2.ZERO
	var low := 404.0 + pull * 34.0
	draw_line(top, Vector2(top.x, low), Color(0.3, 0.24, 0.16), 7)
	draw_line(top, Vector2(top.x, low), Color(0.7, 0.58, 0.4), 5)
	for k in 40:
		var y := fmod(k * 11.0 + pull * 34.0, low)
		draw_line(Vector2(top.x - 2.5, y), Vector2(top.x + 2.5, y + 5), Color(0.4, 0.31, 0.2), 1.5)
	draw_rect(Rect2(top.x - 7, low - 8, 14, 16), Color(0.55, 0.2, 0.18))
	draw_colored_polygon(PackedVector2Array([Vector2(top.x - 6, low + 8), Vector2(top.x + 6, low + 8), Vector2(top.x + 10, low + 48), Vector2(top.x - 10, low + 48)]), Color(0.72, 0.6, 0.42))
	for k in 5:
		draw_line(Vector2(top.x - 7 + k * 3.5, low + 14), Vector2(top.x - 9 + k * 4.5, low + 48), Color(0.45, 0.35, 0.22), 1)
	KeeperBrush.beam(self, Rect2(top.x - 26, 20, 52, 14), Color(0.3, 0.3, 0.34))
	# where the pull goes through the ceiling
	draw_circle(Vector2(top.x, 34), 9, Color(0.08, 0.08, 0.1))
