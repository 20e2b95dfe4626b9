@tool
extends Node2D
## The can with the oil for one night. It is gone when it was taken.


func _draw() -> void:
	var tin := Color(0.5, 0.5, 0.55)
	KeeperBrush.soft(self, Vector2(0, 2), Vector2(30, 7), Color(0, 0, 0, 0.5))
	KeeperBrush.fade_across(self, Rect2(-16, -38, 32, 38), tin.lightened(0.25), tin.darkened(0.4))
	draw_colored_polygon(PackedVector2Array([Vector2(-16, -38), Vector2(16, -38), Vector2(5, -52), Vector2(-5, -52)]), tin)
	draw_rect(Rect2(-5, -60, 10, 9), Color(0.78, 0.6, 0.32))
	draw_rect(Rect2(-16, -26, 32, 13), Color(0.62, 0.22, 0.18))
	draw_arc(Vector2(-16, -34), 12, PI * 0.6, PI * 1.5, 10, tin.darkened(0.2), 3, true)
