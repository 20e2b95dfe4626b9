@tool
extends RefCounted
## Draws the timeline of a shot onto its control: ruler, lanes with keys, marks, end, ways on, playhead.

const Follows := preload("follows.gd")
const TimeScale := preload("time_scale.gd")

var _on: Control
var _scale: TimeScale
var _unit := 1.0
var _font: Font
var _size := 16
var _ink := Color.WHITE
var _dim := Color.GRAY
var _accent := Color.WHITE
var _wrong := Color.RED


## Get ready to draw onto [param on] now.
func begin(on: Control, scale: TimeScale, unit: float) -> void:
	_on = on
	_scale = scale
	_unit = unit
	_font = on.get_theme_default_font()
	_size = on.get_theme_default_font_size()
	_ink = on.get_theme_color(&"font_color", &"Label")
	_dim = Color(_ink, 0.35)
	_accent = on.get_theme_color(&"accent_color", &"Editor")
	_wrong = on.get_theme_color(&"error_color", &"Editor")


func ground(end: float, foot: float) -> void:
	_box(0.0, end, 0.0, foot, Color(_ink, 0.05))
	var second := _scale.step(50 * _unit)
	for k in range(int(_scale.from / second), int(minf(end, _scale.time_at(_scale.left + _scale.width)) / second) + 1):
		var at := k * second
		if _scale.is_seen(at):
			_upright(at, 14 * _unit, foot, Color(_ink, 0.1), -1.0)
			_on.draw_string(_font, Vector2(_scale.x_of(at) + 3, 12 * _unit), "%s s" % String.num(at, 2), HORIZONTAL_ALIGNMENT_LEFT, -1, int(_size * 0.8), _dim)


## The name of a lane and its line at [param y].
func lane(title: String, y: float, end: float, bad: bool) -> void:
	_on.draw_string(_font, Vector2(6 * _unit, y + _size * 0.35), title, HORIZONTAL_ALIGNMENT_LEFT, _scale.left - 10 * _unit, _size, _wrong if bad else _ink)
	_box(0.0, end, y - 0.5, 1.0, _dim)


## A key at [param at]; its value is written up to [param next], where another one comes.
func key(at: float, next: float, y: float, value: String, chosen: bool, bad: bool) -> void:
	if _scale.is_seen(at):
		_diamond(Vector2(_scale.x_of(at), y), _wrong if bad else _accent if chosen else _ink, chosen)
	var x := maxf(_scale.x_of(at), _scale.left) + 8 * _unit
	var room := minf(_scale.x_of(next), _scale.left + _scale.width) - x - 6 * _unit
	if room > 20 * _unit:
		_on.draw_string(_font, Vector2(x, y - 3 * _unit), value, HORIZONTAL_ALIGNMENT_LEFT, room, int(_size * 0.8), _dim)


func mark(title: String, at: float, foot: float, chosen: bool) -> void:
	if not _scale.is_seen(at):
		return
	var x := _scale.x_of(at)
	var colour := _accent if chosen else Color(_accent, 0.7)
	_upright(at, 16 * _unit, foot, Color(colour, 0.4), -1.0)
	_on.draw_colored_polygon(PackedVector2Array([Vector2(x, 16 * _unit), Vector2(x + 9 * _unit, 20 * _unit), Vector2(x, 24 * _unit)]), colour)
	_on.draw_string(_font, Vector2(x + 11 * _unit, 24 * _unit), title, HORIZONTAL_ALIGNMENT_LEFT, -1, int(_size * 0.8), colour)


func end_and_now(end: float, now: float, foot: float, chosen: bool) -> void:
	_upright(end, 0.0, foot, _accent if chosen else _ink, 2.0 * _unit)
	_upright(now, 0.0, foot, _wrong, 1.5 * _unit)


## The rectangle by which keys are chosen.
func lasso(box: Rect2) -> void:
	_on.draw_rect(box, Color(_accent, 0.15))
	_on.draw_rect(box, Color(_accent, 0.7), false)


func note(text: String) -> void:
	_on.draw_string(_font, Vector2(_scale.left + 8 * _unit, 48 * _unit), text, HORIZONTAL_ALIGNMENT_LEFT, -1, _size, _dim)


## Under the lanes each way on as a button; [{box, shot}] of those that were drawn.
func ways(shot: Dictionary) -> Array[Dictionary]:
	var drawn: Array[Dictionary] = []
	var x := 6 * _unit
	var y := _on.size.y - 24 * _unit
	_on.draw_rect(Rect2(0, y - 4 * _unit, _on.size.x, 28 * _unit), _on.get_theme_color(&"dark_color_1", &"Editor"))
	for way in Follows.ways(shot):
		var words: String = way["words"]
		var width := minf(_font.get_string_size(words, HORIZONTAL_ALIGNMENT_LEFT, -1, _size).x + 12 * _unit, _on.size.x - x - 4 * _unit)
		if width < 30 * _unit:
			break
		var box := Rect2(x, y, width, 20 * _unit)
		_on.draw_rect(box, Color(_accent, 0.25) if way["shot"] else Color(_ink, 0.1))
		_on.draw_string(_font, Vector2(x + 6 * _unit, y + 15 * _unit), words, HORIZONTAL_ALIGNMENT_LEFT, width - 10 * _unit, _size, _ink)
		drawn.append({"box": box, "shot": way["shot"]})
		x += width + 6 * _unit
	return drawn


func _upright(at: float, from: float, to: float, colour: Color, width: float) -> void:
	if _scale.is_seen(at):
		_on.draw_line(Vector2(_scale.x_of(at), from), Vector2(_scale.x_of(at), to), colour, width)


# From second to second, as far as it is seen.
func _box(from: float, to: float, top: float, height: float, colour: Color) -> void:
	var x := maxf(_scale.x_of(from), _scale.left)
	var right := minf(_scale.x_of(to), _scale.left + _scale.width)
	if right > x:
		_on.draw_rect(Rect2(x, top, right - x, height), colour)


func _diamond(at: Vector2, colour: Color, chosen: bool) -> void:
	for r: float in [7 * _unit, 5 * _unit] if chosen else [5 * _unit]:
		var points := PackedVector2Array([at + Vector2(0, -r), at + Vector2(r, 0), at + Vector2(0, r), at + Vector2(-r, 0)])
		_on.draw_colored_polygon(points, Color(colour, 0.35) if chosen and r > 6 * _unit else colour)
