@tool
extends Control
## The timeline of a shot: a ruler with the playhead and the marks, a row for each lane with its keys, and the end with what follows. Keys,
## marks and the end are dragged. It draws and tells; the panel edits.

## A key (["lanes", lane, "keys", index]), a mark (["marks", name]), the end (["length"]) or nothing ([]) was clicked.
signal selected(path: Array)
## One of them was dragged to [param at].
signal moved(path: Array, at: float)
## The playhead is at that second.
signal scrubbed(at: float)
## A key is wanted there.
signal key_wanted(lane: String, at: float)
signal removal_wanted(path: Array)
## What follows was clicked: that shot shall be shown.
signal shot_wanted(shot: String)

const Follows := preload("follows.gd")
const SNAP := 0.05

## The playhead, in seconds.
var playhead := 0.0:
	set(value):
		playhead = value
		queue_redraw()
## The selected path.
var selection := []

var _shot := {}
var _problems: Array[Array] = []
var _drag := []
var _drag_at := -1.0
var _scrubs := false
var _chips: Array[Dictionary] = []
var _unit := EditorInterface.get_editor_scale()


func _init() -> void:
	focus_mode = Control.FOCUS_ALL
	clip_contents = true
	size_flags_horizontal = Control.SIZE_EXPAND_FILL
	size_flags_vertical = Control.SIZE_EXPAND_FILL


## [param problems] are the paths within the shot where something is wrong.
func show_shot(shot: Dictionary, problems: Array[Array]) -> void:
	_shot = shot
	_problems = problems
	custom_minimum_size = Vector2(220, 66 + 24 * maxi(2, _lanes().size())) * _unit
	queue_redraw()


## Where on the control a second of a row is; row -1 is the ruler.
func place(at: float, row: int) -> Vector2:
	return Vector2(_left() + at * _scale(), (42 + 24 * row) * _unit if row >= 0 else 20 * _unit)


func _lanes() -> Array:
	return (_shot["lanes"] as Dictionary).keys() if _shot.get("lanes") is Dictionary else []


func _keys(lane: String) -> Array:
	var keys: Variant = _shot["lanes"][lane].get("keys") if _shot["lanes"][lane] is Dictionary else null
	return keys if keys is Array else []


func _left() -> float:
	return 100 * _unit


func _length() -> float:
	return _drag_at if _drag == ["length"] and _drag_at >= 0.0 else Follows.length_of(_shot)


# Pixels a second: the shot fits, and there is room to drag its end.
func _scale() -> float:
	return maxf(20.0, size.x - _left() - 36 * _unit) / maxf(Follows.length_of(_shot), 1.0)


func _draw() -> void:
	if _shot.is_empty():
		return
	var font := get_theme_default_font()
	var font_size := get_theme_default_font_size()
	var ink := get_theme_color(&"font_color", &"Label")
	var dim := Color(ink, 0.35)
	var accent := get_theme_color(&"accent_color", &"Editor")
	var wrong := get_theme_color(&"error_color", &"Editor")
	var end := _left() + _length() * _scale()
	var foot := size.y - 30 * _unit
	draw_rect(Rect2(_left(), 0, end - _left(), foot), Color(ink, 0.05))
	var second := _step()
	for k in range(0, int(_length() / second) + 1):
		var x := _left() + k * second * _scale()
		draw_line(Vector2(x, 14 * _unit), Vector2(x, foot), Color(ink, 0.1))
		draw_string(font, Vector2(x + 3, 12 * _unit), "%s s" % String.num(k * second, 2), HORIZONTAL_ALIGNMENT_LEFT, -1, int(font_size * 0.8), dim)
	var lanes := _lanes()
	for row in lanes.size():
		var lane: String = lanes[row]
		var y := place(0, row).y
		var bad := _is_wrong(["lanes", lane])
		draw_string(font, Vector2(6 * _unit, y + font_size * 0.35), lane, HORIZONTAL_ALIGNMENT_LEFT, _left() - 10 * _unit, font_size, wrong if bad else ink)
		draw_line(Vector2(_left(), y), Vector2(end, y), dim)
		var keys := _keys(lane)
		for k in keys.size():
			var path: Array = ["lanes", lane, "keys", k]
			var at := _shown_at(path, _time(keys[k]))
			var x := _left() + at * _scale()
			_diamond(Vector2(x, y), wrong if _is_wrong(path) else accent if path == selection else ink)
			var next := _left() + _time(keys[k + 1]) * _scale() if k + 1 < keys.size() else end
			var words := str(keys[k].get("value")) if keys[k] is Dictionary else "?"
			if next - x > 34 * _unit:
				draw_string(font, Vector2(x + 8 * _unit, y - 3 * _unit), words, HORIZONTAL_ALIGNMENT_LEFT, next - x - 14 * _unit, int(font_size * 0.8), dim)
	if lanes.is_empty():
		draw_string(font, Vector2(_left() + 8 * _unit, 48 * _unit), "No lanes yet: choose a condition in “Add lane”.", HORIZONTAL_ALIGNMENT_LEFT, -1, font_size, dim)
	var marks: Dictionary = _shot["marks"] if _shot.get("marks") is Dictionary else {}
	for mark: String in marks:
		var x := _left() + _shown_at(["marks", mark], marks[mark] as float) * _scale()
		var colour := accent if selection == ["marks", mark] else Color(accent, 0.7)
		draw_line(Vector2(x, 16 * _unit), Vector2(x, foot), Color(colour, 0.4))
		draw_colored_polygon(PackedVector2Array([Vector2(x, 16 * _unit), Vector2(x + 9 * _unit, 20 * _unit), Vector2(x, 24 * _unit)]), colour)
		draw_string(font, Vector2(x + 11 * _unit, 24 * _unit), mark, HORIZONTAL_ALIGNMENT_LEFT, -1, int(font_size * 0.8), colour)
	draw_line(Vector2(end, 0), Vector2(end, foot), accent if selection == ["length"] else ink, 2.0 * _unit)
	_draw_ways(font, font_size, ink, accent)
	var now := _left() + playhead * _scale()
	draw_line(Vector2(now, 0), Vector2(now, foot), wrong, 1.5 * _unit)


# Under the lanes, as buttons: each leads to its shot.
func _draw_ways(font: Font, font_size: int, ink: Color, accent: Color) -> void:
	_chips.clear()
	var x := 6 * _unit
	var y := size.y - 24 * _unit
	draw_rect(Rect2(0, y - 4 * _unit, size.x, 28 * _unit), get_theme_color(&"dark_color_1", &"Editor"))
	for way in Follows.ways(_shot):
		var words: String = way["words"]
		var width := minf(font.get_string_size(words, HORIZONTAL_ALIGNMENT_LEFT, -1, font_size).x + 12 * _unit, size.x - x - 4 * _unit)
		if width < 30 * _unit:
			return
		var box := Rect2(x, y, width, 20 * _unit)
		draw_rect(box, Color(accent, 0.25) if way["shot"] else Color(ink, 0.1))
		draw_string(font, Vector2(x + 6 * _unit, y + 15 * _unit), words, HORIZONTAL_ALIGNMENT_LEFT, width - 10 * _unit, font_size, ink)
		_chips.append({"box": box, "shot": way["shot"]})
		x += width + 6 * _unit


func _step() -> float:
	for step: float in [0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0]:
		if step * _scale() > 50 * _unit:
			return step
	return 300.0


func _diamond(at: Vector2, colour: Color) -> void:
	var r := 5 * _unit
	draw_colored_polygon(PackedVector2Array([at + Vector2(0, -r), at + Vector2(r, 0), at + Vector2(0, r), at + Vector2(-r, 0)]), colour)


func _shown_at(path: Array, at: float) -> float:
	return _drag_at if path == _drag and _drag_at >= 0.0 else at


func _is_wrong(path: Array) -> bool:
	for problem in _problems:
		if problem.slice(0, path.size()) == path:
			return true
	return false


static func _time(key: Variant) -> float:
	var at: Variant = (key as Dictionary).get("at") if key is Dictionary else 0.0
	return at if at is float else 0.0


## What is at a point of the control.
func hit(point: Vector2) -> Array:
	var near := 7 * _unit
	var lanes := _lanes()
	for row in lanes.size():
		var keys := _keys(lanes[row] as String)
		for k in keys.size():
			if point.distance_to(place(_time(keys[k]), row)) < near:
				return ["lanes", lanes[row], "keys", k]
	var marks: Dictionary = _shot["marks"] if _shot.get("marks") is Dictionary else {}
	for mark: String in marks:
		if Rect2(place(marks[mark] as float, -1) - Vector2(near, near), Vector2(3 * near, 2 * near)).has_point(point):
			return ["marks", mark]
	return ["length"] if absf(point.x - place(Follows.length_of(_shot), 0).x) < near else []


func _gui_input(event: InputEvent) -> void:
	var click := event as InputEventMouseButton
	var motion := event as InputEventMouseMotion
	if click and click.button_index == MOUSE_BUTTON_LEFT and not _shot.is_empty():
		if click.pressed:
			_press(click)
		else:
			_release()
		accept_event()
	elif motion and _scrubs:
		_scrub(motion.position.x)
	elif motion and _drag:
		_drag_at = snappedf(maxf(0.0, (motion.position.x - _left()) / _scale()), SNAP)
		queue_redraw()
	elif event is InputEventKey and event.is_pressed() and (event as InputEventKey).keycode == KEY_DELETE and selection:
		removal_wanted.emit(selection)
		accept_event()


func _press(click: InputEventMouseButton) -> void:
	grab_focus()
	for chip in _chips:
		if (chip["box"] as Rect2).has_point(click.position) and chip["shot"]:
			shot_wanted.emit(chip["shot"] as String)
			return
	var there := hit(click.position)
	if there.is_empty() and click.double_click and click.position.y > 30 * _unit:
		var row := int((click.position.y - 30 * _unit) / (24 * _unit))
		if row < _lanes().size() and click.position.x > _left():
			key_wanted.emit(str(_lanes()[row]), snappedf((click.position.x - _left()) / _scale(), SNAP))
		return
	selection = there
	selected.emit(there)
	_drag = there
	_drag_at = -1.0
	_scrubs = there.is_empty() and click.position.x > _left()
	if _scrubs:
		_scrub(click.position.x)
	queue_redraw()


func _release() -> void:
	_scrubs = false
	var path := _drag
	var at := _drag_at
	_drag = []
	_drag_at = -1.0
	if path and at >= 0.0:
		moved.emit(path, at)
	queue_redraw()


func _scrub(x: float) -> void:
	playhead = clampf((x - _left()) / _scale(), 0.0, Follows.length_of(_shot))
	scrubbed.emit(playhead)
