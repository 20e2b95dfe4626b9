@tool
extends Control
## What a node sends, as a small picture: the view itself, the figures of a pose, or the last values of each number as a line.

const MAX_VALUES := 60
# Of each joint of a figure: x and y of the frame, and whether it is in sight.
const JOINT := 3

var _picture: Texture2D
var _figures := []
# Condition to its last values.
var _lines := {}


## Show what [param node] sent last.
func take(node: Node) -> void:
	_picture = (node as DreamView).texture if node is DreamView else null
	_figures = []
	var last: Variant = node.get(&"_last")
	for condition: Variant in last as Dictionary if last is Dictionary else {}:
		var value: Variant = last[condition]
		if value is Array and value and value[0] is PackedFloat32Array:
			_figures = value
		elif value is float:
			var line: PackedFloat32Array = _lines.get(condition, PackedFloat32Array())
			line.append(value as float)
			_lines[condition] = line.slice(-MAX_VALUES)
	queue_redraw()


## Is there something to see? For tests.
func shows() -> String:
	return "picture" if _picture else "figures" if _figures else "lines" if _lines else ""


func _draw() -> void:
	var ink := get_theme_color(&"accent_color", &"Editor")
	var box := Rect2(Vector2.ZERO, size)
	draw_rect(box, get_theme_color(&"dark_color_1", &"Editor"))
	if _picture:
		var shown := _picture.get_size() * minf(size.x / _picture.get_width(), size.y / _picture.get_height())
		draw_texture_rect(_picture, Rect2((size - shown) / 2.0, shown), false)
		return
	for figure: PackedFloat32Array in _figures:
		for k in range(0, figure.size() - JOINT + 1, JOINT):
			if figure[k + 2] > 0.0:
				draw_circle(Vector2(figure[k], figure[k + 1]) * size, maxf(1.5, size.x / 24.0), ink)
	for condition: String in _lines:
		_draw_line(_lines[condition] as PackedFloat32Array, Color.from_hsv(fmod(ink.h + 0.25 * _lines.keys().find(condition), 1.0), ink.s, ink.v))


# Between the lowest and the highest of what was sent; a value that stands still is a line in the middle.
func _draw_line(values: PackedFloat32Array, ink: Color) -> void:
	var low := INF
	var high := -INF
	for value in values:
		low = minf(low, value)
		high = maxf(high, value)
	var points := PackedVector2Array()
	for k in values.size():
		var share := inverse_lerp(low, high, values[k]) if high - low > 1e-6 else 0.5
		points.append(Vector2(size.x * (k + MAX_VALUES - values.size()) / (MAX_VALUES - 1.0), size.y * (0.9 - 0.8 * share)))
	if points.size() > 1:
		draw_polyline(points, ink, maxf(1.0, size.x / 48.0))
	else:
		draw_circle(points[0], maxf(1.5, size.x / 24.0), ink)
