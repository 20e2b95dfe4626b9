@tool
class_name KeeperBrush
extends RefCounted
## What the rooms are drawn with: stone, wood, metal, soft shadows. The same seed gives the same stones.


## A wall of stones in [param area], which leaves [param holes] open.
static func stones(on: CanvasItem, area: Rect2, holes: Array[PackedVector2Array], colour: Color, seed_of: int) -> void:
	var dice := RandomNumberGenerator.new()
	dice.seed = seed_of
	var y := area.position.y
	while y < area.end.y:
		var height := minf(dice.randf_range(30.0, 40.0), area.end.y - y)
		_cut(on, Rect2(area.position.x, y, area.size.x, height + 0.5), holes, colour.darkened(0.42))
		var x := area.position.x - dice.randf_range(0.0, 60.0)
		while x < area.end.x:
			var width := dice.randf_range(48.0, 104.0)
			var tone := colour.lightened(dice.randf_range(0.0, 0.07)) if dice.randf() < 0.5 else colour.darkened(dice.randf_range(0.0, 0.14))
			var stone := Rect2(x + 1.5, y + 1.5, width - 3.0, height - 3.0).intersection(area)
			if stone.has_area():
				_cut(on, stone, holes, tone)
				# lit from above, dark below
				_cut(on, Rect2(stone.position, Vector2(stone.size.x, 2.0)), holes, tone.lightened(0.12))
				_cut(on, Rect2(stone.position + Vector2(0, stone.size.y - 3.0), Vector2(stone.size.x, 3.0)), holes, tone.darkened(0.22))
			x += width
		y += height


## Boards of a floor seen from the front, which run away from the viewer.
static func boards(on: CanvasItem, area: Rect2, colour: Color, seed_of: int) -> void:
	var dice := RandomNumberGenerator.new()
	dice.seed = seed_of
	fade(on, area, colour.lightened(0.05), colour.darkened(0.55))
	var middle := area.get_center().x
	var x := area.position.x - 600.0
	while x < area.end.x + 600.0:
		var low := middle + (x - middle) * 1.35
		on.draw_line(Vector2(x, area.position.y), Vector2(low, area.end.y), Color(0, 0, 0, 0.32), 2.0, true)
		on.draw_line(Vector2(x + 2, area.position.y), Vector2(low + 3, area.end.y), Color(1, 1, 1, 0.05), 1.5, true)
		if dice.randf() < 0.6:
			var at := dice.randf_range(0.1, 0.8)
			var from := Vector2(lerpf(x, low, at), lerpf(area.position.y, area.end.y, at))
			on.draw_line(from, from + Vector2(58 * lerpf(1.0, 1.35, at), 0), Color(0, 0, 0, 0.25), 2.0)
		x += 58.0
	on.draw_rect(Rect2(area.position, Vector2(area.size.x, 3)), colour.lightened(0.2))


## A rectangle whose colour goes from [param top] to [param bottom].
static func fade(on: CanvasItem, area: Rect2, top: Color, bottom: Color) -> void:
	on.draw_polygon(
		PackedVector2Array([area.position, Vector2(area.end.x, area.position.y), area.end, Vector2(area.position.x, area.end.y)]),
		PackedColorArray([top, top, bottom, bottom]))


## The same from left to right.
static func fade_across(on: CanvasItem, area: Rect2, left: Color, right: Color) -> void:
	on.draw_polygon(
		PackedVector2Array([area.position, Vector2(area.end.x, area.position.y), area.end, Vector2(area.position.x, area.end.y)]),
		PackedColorArray([left, right, right, left]))


## A soft shadow or light: an ellipse that fades outwards.
static func soft(on: CanvasItem, centre: Vector2, radii: Vector2, colour: Color) -> void:
	var points := PackedVector2Array()
	for k in 33:
		points.append(centre + Vector2.from_angle(TAU * k / 32.0) * radii)
	var clear := Color(colour, 0.0)
	for k in 32:
		on.draw_polygon(PackedVector2Array([centre, points[k], points[k + 1]]), PackedColorArray([colour, clear, clear]))


## A round thing with a highlight, such as a knob or a pipe's end.
static func knob(on: CanvasItem, at: Vector2, radius: float, colour: Color) -> void:
	on.draw_circle(at, radius, colour.darkened(0.45))
	on.draw_circle(at - Vector2(0, radius * 0.08), radius * 0.86, colour)
	on.draw_circle(at - Vector2(radius * 0.28, radius * 0.32), radius * 0.3, colour.lightened(0.45))


## A beam or a board with an edge of light and one of shadow.
static func beam(on: CanvasItem, area: Rect2, colour: Color) -> void:
	if area.size.x >= area.size.y:
		fade(on, area, colour.lightened(0.08), colour.darkened(0.3))
		on.draw_rect(Rect2(area.position, Vector2(area.size.x, 2)), colour.lightened(0.22))
	else:
		fade_across(on, area, colour.lightened(0.12), colour.darkened(0.35))
		on.draw_rect(Rect2(area.position, Vector2(2, area.size.y)), colour.lightened(0.22))


## A rounded arch over [param area], as a polygon: the area with a half ellipse of [param rise] on top.
static func arch(area: Rect2, rise: float) -> PackedVector2Array:
	var points := PackedVector2Array([Vector2(area.position.x, area.end.y)])
	for k in 25:
		var angle := PI - PI * k / 24.0
		points.append(Vector2(area.get_center().x + cos(angle) * area.size.x / 2.0, area.position.y - sin(angle) * rise))
	points.append(area.end)
	return points


static func box(area: Rect2) -> PackedVector2Array:
	return PackedVector2Array([area.position, Vector2(area.end.x, area.position.y), area.end, Vector2(area.position.x, area.end.y)])


## The outline of a polygon as a thick line that closes.
static func rim(on: CanvasItem, points: PackedVector2Array, colour: Color, width: float) -> void:
	var closed := points.duplicate()
	closed.append(points[0])
	on.draw_polyline(closed, colour, width, true)


static func _cut(on: CanvasItem, area: Rect2, holes: Array[PackedVector2Array], colour: Color) -> void:
	var parts: Array[PackedVector2Array] = [box(area)]
	for hole in holes:
		var left: Array[PackedVector2Array] = []
		for part in parts:
			left.append_array(Geometry2D.clip_polygons(part, hole))
		parts = left
	for part in parts:
		if part.size() >= 3 and not Geometry2D.triangulate_polygon(part).is_empty():
			on.draw_colored_polygon(part, colour)
