@tool
extends KeeperRoom
## The lamp room: glass all round. The lens in the middle is a node of its own.

const BACK := 506.0
const PANES := Rect2(150, 46, 1212, 414)
const LENS_X := 756.0


func _draw() -> void:
	var open: Array[PackedVector2Array] = [KeeperBrush.box(PANES)]
	KeeperBrush.stones(self, Rect2(-700, PANES.end.y, WIDTH + 1400, BACK - PANES.end.y), [], Color(0.5, 0.5, 0.54), 33)
	KeeperBrush.stones(self, Rect2(-700, 0, WIDTH + 1400, PANES.end.y), open, Color(0.36, 0.36, 0.4), 35)
	_glazing()
	KeeperBrush.boards(self, Rect2(-700, BACK, WIDTH + 1400, HEIGHT - BACK), Color(0.34, 0.34, 0.38), 8)
	KeeperBrush.fade(self, Rect2(-700, BACK, WIDTH + 1400, 22), Color(0, 0, 0, 0.5), Color(0, 0, 0, 0))
	_roof()
	_hatch()
	_names(Rect2(1388, 196, 92, 132))
	KeeperBrush.fade_across(self, Rect2(-700, 0, 700, HEIGHT), Color(0.02, 0.02, 0.03), Color(0.02, 0.02, 0.03))
	KeeperBrush.fade_across(self, Rect2(WIDTH, 0, 700, HEIGHT), Color(0.02, 0.02, 0.03), Color(0.02, 0.02, 0.03))
	KeeperBrush.fade_across(self, Rect2(0, 0, 120, HEIGHT), Color(0.02, 0.02, 0.03, 0.9), Color(0, 0, 0, 0))
	KeeperBrush.fade_across(self, Rect2(WIDTH - 60, 0, 60, HEIGHT), Color(0, 0, 0, 0), Color(0.02, 0.02, 0.03, 0.9))


func _glazing() -> void:
	var iron := Color(0.17, 0.18, 0.22)
	var step := PANES.size.x / 6.0
	# the panes in front turn away at both sides: darker glass there
	KeeperBrush.fade_across(self, Rect2(PANES.position, Vector2(step, PANES.size.y)), Color(0.02, 0.03, 0.06, 0.75), Color(0.02, 0.03, 0.06, 0.12))
	KeeperBrush.fade_across(self, Rect2(PANES.end.x - step, PANES.position.y, step, PANES.size.y), Color(0.02, 0.03, 0.06, 0.12), Color(0.02, 0.03, 0.06, 0.75))
	for k in 6:
		var x := PANES.position.x + k * step
		draw_line(Vector2(x, PANES.end.y), Vector2(x + step, PANES.position.y), Color(iron, 0.9), 4, true)
		draw_line(Vector2(x, PANES.position.y), Vector2(x + step, PANES.end.y), Color(iron, 0.9), 4, true)
		# a gleam on the glass
		var gleam := PackedVector2Array([Vector2(x + step * 0.14, PANES.position.y + 20), Vector2(x + step * 0.3, PANES.position.y + 20), Vector2(x + step * 0.16, PANES.position.y + 210), Vector2(x, PANES.position.y + 210)])
		draw_colored_polygon(gleam, Color(1, 1, 1, 0.035))
	for k in 7:
		KeeperBrush.beam(self, Rect2(PANES.position.x + k * step - 7, PANES.position.y, 14, PANES.size.y), iron.lightened(0.06))
	KeeperBrush.beam(self, Rect2(PANES.position.x - 14, PANES.position.y - 14, PANES.size.x + 28, 16), iron.lightened(0.08))
	KeeperBrush.beam(self, Rect2(PANES.position.x - 22, PANES.end.y - 4, PANES.size.x + 44, 20), Color(0.42, 0.43, 0.48))


func _roof() -> void:
	var iron := Color(0.22, 0.23, 0.27)
	KeeperBrush.fade(self, Rect2(-700, 0, WIDTH + 1400, 34), iron.darkened(0.4), iron)
	for k in 13:
		var x := LENS_X + (k - 6) * 130.0
		draw_line(Vector2(LENS_X + (k - 6) * 44.0, -10), Vector2(x, 34), iron.lightened(0.12), 5, true)
		KeeperBrush.knob(self, Vector2(x, 30), 4, iron.lightened(0.2))


func _hatch() -> void:
	# the ladder comes up through the floor, with a rail round it
	var hole := PackedVector2Array([Vector2(66, 534), Vector2(214, 534), Vector2(226, 586), Vector2(54, 586)])
	draw_colored_polygon(hole, Color(0.05, 0.05, 0.07))
	KeeperBrush.rim(self, hole, Color(0.4, 0.4, 0.45), 5)
	var wood := Color(0.5, 0.36, 0.24)
	for x: float in [108.0, 160.0]:
		KeeperBrush.beam(self, Rect2(x, 436, 10, 140), wood)
	for k in 4:
		KeeperBrush.beam(self, Rect2(110, 452 + k * 32.0, 56, 7), wood.lightened(0.05))
	for x: float in [58.0, 222.0]:
		KeeperBrush.beam(self, Rect2(x - 3, 444, 6, 100), Color(0.6, 0.5, 0.32))
	draw_line(Vector2(56, 446), Vector2(224, 446), Color(0.66, 0.54, 0.34), 5, true)


func _names(area: Rect2) -> void:
	var brass := Color(0.7, 0.55, 0.3)
	draw_rect(area.grow(4), brass.darkened(0.5))
	KeeperBrush.fade(self, area, brass.lightened(0.18), brass.darkened(0.15))
	for k in 11:
		var wide := 56.0 + 14.0 * sin(k * 2.3)
		draw_line(area.position + Vector2(14, 14 + k * 9.4), area.position + Vector2(14 + wide, 14 + k * 9.4), Color(0.25, 0.17, 0.08), 2)
	for corner: Vector2 in [Vector2(6, 6), Vector2(86, 6), Vector2(6, 126), Vector2(86, 126)]:
		KeeperBrush.knob(self, area.position + corner, 3, brass.darkened(0.2))
