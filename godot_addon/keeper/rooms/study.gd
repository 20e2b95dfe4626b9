@tool
extends KeeperRoom
## The study: stove, Maren's chair, the painting, the desk with the log, the stair.

const BACK := 506.0
const PAINTING := Rect2(506, 92, 420, 240)

var fire := 1.0:
	set(value):
		fire = value
		if _fire_light:
			_fire_light.energy = 1.1 + 0.35 * value

@onready var _fire_light: PointLight2D = get_node_or_null(^"FireLight")


func _process(_delta: float) -> void:
	var now := Time.get_ticks_msec() / 1000.0
	fire = 0.5 + 0.28 * sin(now * 7.1) + 0.22 * sin(now * 11.7 + 1.0)


func _draw() -> void:
	var open: Array[PackedVector2Array] = [KeeperBrush.box(PAINTING)]
	KeeperBrush.stones(self, Rect2(-700, 0, WIDTH + 1400, BACK), open, Color(0.47, 0.46, 0.5), 3)
	_panelling()
	KeeperBrush.boards(self, Rect2(-700, BACK, WIDTH + 1400, HEIGHT - BACK), Color(0.46, 0.33, 0.24), 5)
	KeeperBrush.fade(self, Rect2(-700, BACK, WIDTH + 1400, 20), Color(0, 0, 0, 0.45), Color(0, 0, 0, 0))
	_rug()
	_ceiling()
	_shelf(Rect2(24, 150, 142, BACK - 150))
	_stove(Vector2(258, BACK))
	_frame()
	_desk(Rect2(1006, 408, 214, 128))
	_stair()
	_edges()


func _panelling() -> void:
	var wood := Color(0.4, 0.29, 0.22)
	KeeperBrush.fade(self, Rect2(-700, 392, WIDTH + 1400, BACK - 392), wood, wood.darkened(0.35))
	for k in 40:
		var x := -680.0 + k * 72.0
		draw_rect(Rect2(x, 412, 56, BACK - 430), Color(0, 0, 0, 0.18))
		draw_rect(Rect2(x + 3, 415, 53, BACK - 433), wood.darkened(0.06))
		draw_line(Vector2(x, BACK - 18), Vector2(x + 56, BACK - 18), wood.lightened(0.12), 1.5)
	KeeperBrush.beam(self, Rect2(-700, 384, WIDTH + 1400, 12), wood.lightened(0.05))
	KeeperBrush.beam(self, Rect2(-700, BACK - 12, WIDTH + 1400, 12), wood.darkened(0.15))


func _rug() -> void:
	var red := Color(0.36, 0.14, 0.15)
	var outer := PackedVector2Array([Vector2(520, 546), Vector2(912, 546), Vector2(968, 622), Vector2(464, 622)])
	draw_colored_polygon(outer, red.darkened(0.25))
	draw_colored_polygon(PackedVector2Array([Vector2(536, 551), Vector2(896, 551), Vector2(944, 616), Vector2(488, 616)]), red)
	draw_colored_polygon(PackedVector2Array([Vector2(556, 557), Vector2(876, 557), Vector2(914, 609), Vector2(518, 609)]), Color(0.45, 0.35, 0.23))
	draw_colored_polygon(PackedVector2Array([Vector2(562, 559), Vector2(870, 559), Vector2(906, 607), Vector2(526, 607)]), red.darkened(0.1))
	for k in 5:
		var at := Vector2(586 + k * 65, 583)
		draw_colored_polygon(PackedVector2Array([at + Vector2(-22, 0), at + Vector2(0, -14), at + Vector2(22, 0), at + Vector2(0, 14)]), Color(0.5, 0.39, 0.25))
		draw_colored_polygon(PackedVector2Array([at + Vector2(-12, 0), at + Vector2(0, -8), at + Vector2(12, 0), at + Vector2(0, 8)]), red.darkened(0.3))


func _ceiling() -> void:
	var wood := Color(0.34, 0.25, 0.2)
	KeeperBrush.fade(self, Rect2(-700, 0, WIDTH + 1400, 34), wood.darkened(0.4), wood.darkened(0.55))
	for k in 8:
		KeeperBrush.beam(self, Rect2(-60 + k * 226.0, 0, 40, 46), wood)
	KeeperBrush.beam(self, Rect2(-700, 30, WIDTH + 1400, 16), wood.lightened(0.04))
	KeeperBrush.fade(self, Rect2(-700, 46, WIDTH + 1400, 70), Color(0, 0, 0, 0.4), Color(0, 0, 0, 0))


func _shelf(area: Rect2) -> void:
	var wood := Color(0.36, 0.25, 0.18)
	draw_rect(area.grow(6), wood.darkened(0.3))
	draw_rect(area, Color(0.12, 0.09, 0.08))
	var dice := RandomNumberGenerator.new()
	dice.seed = 9
	var inks: Array[Color] = [Color(0.5, 0.2, 0.18), Color(0.2, 0.34, 0.38), Color(0.56, 0.46, 0.28), Color(0.28, 0.36, 0.24), Color(0.35, 0.26, 0.38), Color(0.6, 0.56, 0.48)]
	for row in 5:
		var board := area.position.y + 70.0 + row * 70.0
		if board > area.end.y:
			break
		var x := area.position.x + 5.0
		while x < area.end.x - 14.0:
			if dice.randf() < 0.12:
				x += dice.randf_range(8.0, 24.0)
				continue
			var wide := dice.randf_range(7.0, 15.0)
			var tall := dice.randf_range(38.0, 58.0)
			var ink := inks[dice.randi() % inks.size()].darkened(dice.randf() * 0.3)
			var book := Rect2(x, board - tall, minf(wide, area.end.x - 5.0 - x), tall)
			KeeperBrush.fade_across(self, book, ink.lightened(0.12), ink.darkened(0.3))
			draw_rect(Rect2(book.position + Vector2(1, 7), Vector2(book.size.x - 2, 2)), Color(0.8, 0.68, 0.4, 0.6))
			x += wide + 1.0
		KeeperBrush.beam(self, Rect2(area.position.x - 4, board, area.size.x + 8, 7), wood)
	KeeperBrush.beam(self, Rect2(area.position - Vector2(10, 12), Vector2(area.size.x + 20, 12)), wood.lightened(0.06))


func _stove(foot: Vector2) -> void:
	var iron := Color(0.24, 0.24, 0.27)
	KeeperBrush.fade_across(self, Rect2(foot.x - 13, 0, 26, foot.y - 150), iron.lightened(0.14), iron.darkened(0.4))
	for y: float in [90.0, 220.0, 330.0]:
		draw_rect(Rect2(foot.x - 16, y, 32, 7), iron.lightened(0.08))
	KeeperBrush.soft(self, foot + Vector2(0, 24), Vector2(110, 16), Color(0, 0, 0, 0.5))
	for side: float in [-1.0, 1.0]:
		draw_line(foot + Vector2(40 * side, -10), foot + Vector2(48 * side, 22), iron.darkened(0.3), 9)
	KeeperBrush.fade_across(self, Rect2(foot.x - 56, foot.y - 142, 112, 142), iron.lightened(0.16), iron.darkened(0.4))
	KeeperBrush.fade(self, Rect2(foot.x - 64, foot.y - 154, 128, 14), iron.lightened(0.2), iron.darkened(0.2))
	draw_rect(Rect2(foot.x - 60, foot.y - 8, 120, 10), iron.darkened(0.25))
	var door := Rect2(foot.x - 34, foot.y - 104, 68, 62)
	draw_rect(door.grow(5), iron.darkened(0.5))
	KeeperBrush.fade(self, door, Color(1.6, 0.62, 0.2), Color(2.4, 1.3, 0.45))
	for k in 5:
		draw_rect(Rect2(door.position.x + 6 + k * 13, door.position.y - 2, 5, door.size.y + 4), iron.darkened(0.45))
	KeeperBrush.knob(self, foot + Vector2(45, -72), 5, Color(0.75, 0.6, 0.35))
	# a kettle
	draw_circle(foot + Vector2(-24, -170), 17, iron.darkened(0.2))
	draw_rect(Rect2(foot.x - 41, foot.y - 170, 34, 17), iron.darkened(0.2))
	draw_arc(foot + Vector2(-24, -178), 18, PI, TAU, 14, iron.lightened(0.1), 3, true)
	draw_line(foot + Vector2(-8, -168), foot + Vector2(6, -180), iron.darkened(0.1), 5, true)


func _frame() -> void:
	var golds: Array[Color] = [Color(0.3, 0.2, 0.1), Color(0.6, 0.44, 0.2), Color(0.82, 0.66, 0.34), Color(0.5, 0.36, 0.16), Color(0.2, 0.13, 0.07)]
	draw_line(Vector2(PAINTING.get_center().x - 120, 66), Vector2(PAINTING.get_center().x, 46), Color(0.2, 0.16, 0.12), 2, true)
	draw_line(Vector2(PAINTING.get_center().x + 120, 66), Vector2(PAINTING.get_center().x, 46), Color(0.2, 0.16, 0.12), 2, true)
	for k in golds.size():
		var outer := PAINTING.grow(26.0 - k * 5.4)
		var inner := PAINTING.grow(26.0 - (k + 1) * 5.4)
		for part: Rect2 in [
			Rect2(outer.position, Vector2(outer.size.x, inner.position.y - outer.position.y)),
			Rect2(Vector2(outer.position.x, inner.end.y), Vector2(outer.size.x, outer.end.y - inner.end.y)),
			Rect2(outer.position, Vector2(inner.position.x - outer.position.x, outer.size.y)),
			Rect2(Vector2(inner.end.x, outer.position.y), Vector2(outer.end.x - inner.end.x, outer.size.y)),
		]:
			draw_rect(part, golds[k])
	for corner: Vector2 in [Vector2(0, 0), Vector2(1, 0), Vector2(0, 1), Vector2(1, 1)]:
		var at := PAINTING.grow(15).position + PAINTING.grow(15).size * corner
		KeeperBrush.knob(self, at, 13, Color(0.8, 0.64, 0.34))
	KeeperBrush.fade(self, Rect2(PAINTING.position.x - 20, PAINTING.end.y + 26, PAINTING.size.x + 40, 34), Color(0, 0, 0, 0.4), Color(0, 0, 0, 0))
	var plate := Rect2(PAINTING.get_center().x - 46, PAINTING.end.y + 8, 92, 15)
	draw_rect(plate, Color(0.5, 0.38, 0.18))
	draw_rect(plate.grow(-2), Color(0.74, 0.6, 0.32))
	for k in 3:
		draw_line(plate.position + Vector2(14, 5 + k * 3), plate.position + Vector2(78, 5 + k * 3), Color(0.3, 0.2, 0.1, 0.7), 1)


func _desk(area: Rect2) -> void:
	var wood := Color(0.45, 0.3, 0.2)
	KeeperBrush.soft(self, Vector2(area.get_center().x, area.end.y + 6), Vector2(150, 16), Color(0, 0, 0, 0.5))
	for x: float in [area.position.x + 10, area.end.x - 26]:
		KeeperBrush.beam(self, Rect2(x, area.position.y, 16, area.size.y), wood.darkened(0.2))
	draw_rect(Rect2(area.position + Vector2(6, 14), Vector2(area.size.x - 12, 36)), wood.darkened(0.25))
	for k in 2:
		var drawer := Rect2(area.position + Vector2(16 + k * 94.0, 18), Vector2(86, 27))
		draw_rect(drawer, wood.darkened(0.05))
		draw_rect(Rect2(drawer.position, Vector2(drawer.size.x, 2)), wood.lightened(0.15))
		KeeperBrush.knob(self, drawer.get_center(), 4, Color(0.75, 0.6, 0.35))
	KeeperBrush.beam(self, Rect2(area.position - Vector2(10, 0), Vector2(area.size.x + 20, 13)), wood.lightened(0.08))
	# the log, open, and a pen
	var book := area.position + Vector2(118, -2)
	draw_colored_polygon(PackedVector2Array([book, book + Vector2(36, -7), book + Vector2(72, 0), book + Vector2(72, 4), book + Vector2(36, -2), book + Vector2(0, 4)]), Color(0.3, 0.18, 0.12))
	draw_colored_polygon(PackedVector2Array([book + Vector2(2, -2), book + Vector2(18, -10), book + Vector2(36, -6), book + Vector2(54, -10), book + Vector2(70, -2), book + Vector2(36, 0)]), Color(0.93, 0.88, 0.74))
	draw_line(book + Vector2(36, -6), book + Vector2(36, 0), Color(0.6, 0.5, 0.38), 1.5)
	draw_line(book + Vector2(84, 0), book + Vector2(96, -30), Color(0.9, 0.9, 0.92), 2.5, true)
	# the lamp
	var foot := area.position + Vector2(44, 0)
	var brass := Color(0.78, 0.6, 0.32)
	draw_rect(Rect2(foot.x - 17, foot.y - 6, 34, 6), brass.darkened(0.3))
	draw_rect(Rect2(foot.x - 4, foot.y - 34, 8, 30), brass)
	KeeperBrush.knob(self, foot + Vector2(0, -28), 12, brass)
	KeeperBrush.fade(self, Rect2(foot.x - 9, foot.y - 78, 18, 42), Color(2.2, 1.6, 0.8), Color(2.6, 2.1, 1.2))
	draw_colored_polygon(PackedVector2Array([foot + Vector2(-14, -92), foot + Vector2(14, -92), foot + Vector2(34, -58), foot + Vector2(-34, -58)]), Color(0.95, 0.72, 0.4))
	draw_line(foot + Vector2(-34, -58), foot + Vector2(34, -58), Color(1.4, 1.1, 0.7), 3)


## The stair that winds up behind an arch.
func _stair() -> void:
	var hole := KeeperBrush.arch(Rect2(1296, 250, 170, BACK - 250), 84)
	draw_colored_polygon(hole, Color(0.1, 0.1, 0.14))
	for k in 7:
		var y := BACK - 8 - k * 38.0
		var width := 150.0 - k * 9.0
		var step := Rect2(1306 + k * 14.0, y, width, 11)
		draw_rect(Rect2(step.position + Vector2(0, 8), Vector2(step.size.x, 26)), Color(0.13, 0.13, 0.17))
		KeeperBrush.beam(self, step, Color(0.42, 0.42, 0.46).darkened(k * 0.09))
	KeeperBrush.rim(self, hole, Color(0.3, 0.3, 0.33), 15)
	KeeperBrush.rim(self, hole, Color(0.52, 0.51, 0.54), 9)
	draw_polyline(PackedVector2Array([Vector2(1318, BACK - 70), Vector2(1400, BACK - 270), Vector2(1440, BACK - 330)]), Color(0.62, 0.5, 0.3), 5, true)


func _edges() -> void:
	KeeperBrush.fade_across(self, Rect2(-700, 0, 700, HEIGHT), Color(0.02, 0.02, 0.03), Color(0.02, 0.02, 0.03))
	KeeperBrush.fade_across(self, Rect2(WIDTH, 0, 700, HEIGHT), Color(0.02, 0.02, 0.03), Color(0.02, 0.02, 0.03))
	KeeperBrush.fade_across(self, Rect2(0, 0, 150, HEIGHT), Color(0.02, 0.02, 0.03, 0.9), Color(0, 0, 0, 0))
	KeeperBrush.fade_across(self, Rect2(WIDTH - 110, 0, 110, HEIGHT), Color(0, 0, 0, 0), Color(0.02, 0.02, 0.03, 0.9))
