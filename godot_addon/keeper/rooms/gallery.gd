@tool
extends KeeperRoom
## The gallery: a window on the coast, the weather glass, the telescope, the rope of the bell.

const BACK := 506.0
const WINDOW := Rect2(402, 118, 708, 330)
const RISE := 74.0


func _draw() -> void:
	var window := KeeperBrush.arch(WINDOW, RISE)
	var open: Array[PackedVector2Array] = [window]
	KeeperBrush.stones(self, Rect2(-700, 0, WIDTH + 1400, BACK), open, Color(0.5, 0.52, 0.57), 21)
	KeeperBrush.boards(self, Rect2(-700, BACK, WIDTH + 1400, HEIGHT - BACK), Color(0.42, 0.36, 0.32), 6)
	KeeperBrush.fade(self, Rect2(-700, BACK, WIDTH + 1400, 22), Color(0, 0, 0, 0.5), Color(0, 0, 0, 0))
	_window(window)
	_ceiling()
	_chart(Rect2(1148, 150, 120, 92))
	_stairs()
	_telescope(Vector2(1000, 566))
	KeeperBrush.fade_across(self, Rect2(-700, 0, 700, HEIGHT), Color(0.02, 0.02, 0.03), Color(0.02, 0.02, 0.03))
	KeeperBrush.fade_across(self, Rect2(WIDTH, 0, 700, HEIGHT), Color(0.02, 0.02, 0.03), Color(0.02, 0.02, 0.03))
	KeeperBrush.fade_across(self, Rect2(0, 0, 130, HEIGHT), Color(0.02, 0.02, 0.03, 0.9), Color(0, 0, 0, 0))
	KeeperBrush.fade_across(self, Rect2(WIDTH - 110, 0, 110, HEIGHT), Color(0, 0, 0, 0), Color(0.02, 0.02, 0.03, 0.9))


func _window(window: PackedVector2Array) -> void:
	var iron := Color(0.2, 0.21, 0.25)
	# the depth of the wall, lit by the sky
	KeeperBrush.rim(self, window, Color(0.3, 0.31, 0.36), 30)
	KeeperBrush.rim(self, window, Color(0.62, 0.63, 0.68), 20)
	KeeperBrush.rim(self, window, iron, 9)
	for k in 3:
		var x := WINDOW.position.x + WINDOW.size.x * (k + 1) / 4.0
		var part := (x - WINDOW.get_center().x) / (WINDOW.size.x / 2)
		var top := WINDOW.position.y - RISE * sqrt(maxf(0.0, 1.0 - part * part))
		KeeperBrush.beam(self, Rect2(x - 4, top, 8, WINDOW.end.y - top), iron)
	for y: float in [WINDOW.position.y + 26, WINDOW.position.y + 178]:
		KeeperBrush.beam(self, Rect2(WINDOW.position.x, y - 3, WINDOW.size.x, 6), iron)
	KeeperBrush.beam(self, Rect2(WINDOW.position.x - 34, WINDOW.end.y, WINDOW.size.x + 68, 20), Color(0.6, 0.6, 0.64))
	KeeperBrush.fade(self, Rect2(WINDOW.position.x - 26, WINDOW.end.y + 20, WINDOW.size.x + 52, 26), Color(0, 0, 0, 0.45), Color(0, 0, 0, 0))
	# on the sill: a lantern that is out, shells, a bottle
	var sill := WINDOW.end.y
	KeeperBrush.knob(self, Vector2(470, sill - 9), 9, Color(0.7, 0.6, 0.55))
	KeeperBrush.knob(self, Vector2(492, sill - 6), 6, Color(0.75, 0.66, 0.6))
	draw_rect(Rect2(528, sill - 34, 14, 34), Color(0.2, 0.4, 0.34, 0.85))
	draw_rect(Rect2(532, sill - 46, 6, 14), Color(0.2, 0.4, 0.34, 0.85))
	draw_rect(Rect2(531, sill - 28, 3, 24), Color(0.7, 0.9, 0.8, 0.6))


func _ceiling() -> void:
	var wood := Color(0.3, 0.27, 0.27)
	KeeperBrush.fade(self, Rect2(-700, 0, WIDTH + 1400, 26), wood.darkened(0.3), wood.darkened(0.5))
	KeeperBrush.beam(self, Rect2(-700, 20, WIDTH + 1400, 12), wood)
	# its shadow on the wall, which ends softly at the window
	var shadow := Color(0, 0, 0, 0.4)
	for side: float in [-1.0, 1.0]:
		var end := WINDOW.get_center().x + side * WINDOW.size.x * 0.5
		var far := WINDOW.get_center().x + side * (WIDTH * 0.5 + 700)
		for part: Array in [[far, end + side * 100, shadow], [end + side * 100, end - side * 60, Color(0, 0, 0, 0)]]:
			var from: float = part[0]
			var to: float = part[1]
			draw_polygon(PackedVector2Array([Vector2(from, 32), Vector2(to, 32), Vector2(to, 92), Vector2(from, 92)]), PackedColorArray([shadow, part[2], Color(0, 0, 0, 0), Color(0, 0, 0, 0)]))


func _chart(area: Rect2) -> void:
	KeeperBrush.soft(self, area.get_center() + Vector2(4, 6), area.size * 0.62, Color(0, 0, 0, 0.3))
	draw_rect(area, Color(0.82, 0.76, 0.62))
	draw_polyline(PackedVector2Array([area.position + Vector2(6, 62), area.position + Vector2(34, 50), area.position + Vector2(48, 66), area.position + Vector2(78, 44), area.position + Vector2(114, 52)]), Color(0.4, 0.32, 0.24), 2, true)
	for k in 4:
		draw_arc(area.position + Vector2(66, 86), 12 + k * 13.0, PI * 1.1, PI * 1.9, 16, Color(0.3, 0.42, 0.5, 0.6), 1, true)
	KeeperBrush.knob(self, area.position + Vector2(86, 30), 4, Color(0.7, 0.2, 0.16))
	for corner: Vector2 in [Vector2(4, 4), Vector2(116, 4)]:
		KeeperBrush.knob(self, area.position + corner, 3, Color(0.75, 0.6, 0.35))


func _stairs() -> void:
	var hole := KeeperBrush.arch(Rect2(52, 268, 130, BACK - 268), 64)
	draw_colored_polygon(hole, Color(0.1, 0.1, 0.14))
	for k in 5:
		KeeperBrush.beam(self, Rect2(60 + k * 6.0, BACK - 10 + k * 4.0 - k * 26.0, 112 - k * 10.0, 9), Color(0.36, 0.36, 0.4).darkened(k * 0.14))
	KeeperBrush.rim(self, hole, Color(0.3, 0.3, 0.33), 15)
	KeeperBrush.rim(self, hole, Color(0.55, 0.55, 0.58), 9)
	# the ladder to the lamp room, with the light that falls through the hatch
	draw_rect(Rect2(1342, 0, 116, 30), Color(0.06, 0.06, 0.09))
	KeeperBrush.fade(self, Rect2(1350, 0, 100, 26), Color(0.5, 0.55, 0.75), Color(0.16, 0.18, 0.26))
	var wood := Color(0.5, 0.36, 0.24)
	for x: float in [1364.0, 1426.0]:
		KeeperBrush.beam(self, Rect2(x, 0, 11, 560), wood)
	for k in 14:
		KeeperBrush.beam(self, Rect2(1368, 34 + k * 38.0, 64, 8), wood.lightened(0.06))


func _telescope(foot: Vector2) -> void:
	var brass := Color(0.8, 0.62, 0.34)
	KeeperBrush.soft(self, foot + Vector2(0, 4), Vector2(74, 12), Color(0, 0, 0, 0.5))
	var head := foot + Vector2(0, -158)
	for x: float in [-46.0, 8.0, 50.0]:
		draw_line(head, foot + Vector2(x, 0), Color(0.2, 0.14, 0.1), 8, true)
		draw_line(head, foot + Vector2(x, 0), Color(0.46, 0.32, 0.2), 5, true)
	KeeperBrush.knob(self, head, 11, brass)
	var along := Vector2(-0.97, -0.24)
	var across := Vector2(along.y, -along.x)
	var parts: Array[Vector3] = [Vector3(-86, -40, 12), Vector3(-44, 30, 16), Vector3(26, 98, 21)]
	for part in parts:
		var a := head + along * part.x - Vector2(0, 16)
		var b := head + along * part.y - Vector2(0, 16)
		var half := across * part.z * 0.5
		draw_polygon(PackedVector2Array([a + half, b + half, b - half, a - half]), PackedColorArray([brass.darkened(0.45), brass.darkened(0.45), brass.lightened(0.3), brass.lightened(0.3)]))
		draw_line(b + half, b - half, brass.lightened(0.4), 3, true)
	draw_line(head + along * 98 - Vector2(0, 16) + across * 12, head + along * 98 - Vector2(0, 16) - across * 12, brass.darkened(0.5), 6, true)
