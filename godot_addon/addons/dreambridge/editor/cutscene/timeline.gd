@tool
extends Control
## The timeline of a shot: a ruler with the playhead and the marks, a row for each lane with its keys, and the end with what follows. Keys,
## marks and the end are dragged, several keys together. It draws and tells; the panel edits.
##
## Ctrl and the wheel zoom, Shift and the wheel scroll, F shows the whole shot. A drag over empty lanes chooses keys; Shift adds to them.

## Other paths are chosen: keys (["lanes", lane, "keys", index]), a mark (["marks", name]), the end (["length"]).
signal selected
## One of them was dragged to [param at].
signal moved(path: Array, at: float)
## Several keys were dragged.
signal shifted(paths: Array[Array], by: float)
## The playhead is at that second.
signal scrubbed(at: float)
## A key is wanted there.
signal key_wanted(lane: String, at: float)
signal removal_wanted(paths: Array[Array])
## What follows was clicked: that shot shall be shown.
signal shot_wanted(shot: String)

const ShotParts := preload("shot_parts.gd")
const TimeScale := preload("time_scale.gd")
const Painter := preload("timeline_painter.gd")
const SNAP := 0.05
const ZOOM_STEP := 1.25

enum { NOTHING, MOVE, SCRUB, LASSO }

## The playhead, in seconds.
var playhead := 0.0:
	set(value):
		playhead = value
		queue_redraw()
## The chosen paths.
var chosen: Array[Array] = []
## The one path that is chosen; []: none or several.
var selection: Array:
	get:
		return chosen[0] if chosen.size() == 1 else []
	set(value):
		chosen.assign([value] if value else [])
		queue_redraw()
var time_scale := TimeScale.new()
var parts := ShotParts.new()

var _problems: Array[Array] = []
var _painter := Painter.new()
var _doing := NOTHING
# What is dragged, from where to where, and by how much now.
var _held := []
var _begun := Vector2.ZERO
var _by := 0.0
var _moves := false
var _lasso := Rect2()
var _kept: Array[Array] = []
var _chips: Array[Dictionary] = []
var _unit := EditorInterface.get_editor_scale()


func _init() -> void:
	focus_mode = Control.FOCUS_ALL
	clip_contents = true
	size_flags_horizontal = Control.SIZE_EXPAND_FILL
	size_flags_vertical = Control.SIZE_EXPAND_FILL
	tooltip_text = "Ctrl and the wheel zoom, Shift and the wheel scroll, F shows the whole shot.\nDrag over the lanes to choose keys; Shift adds to them."


# The tooltip would lie over the keys while they are dragged.
func _get_tooltip(at_position: Vector2) -> String:
	return tooltip_text if at_position.y < 26 * _unit else ""


## [param problems] are the paths within the shot where something is wrong.
func show_shot(shot: Dictionary, problems: Array[Array]) -> void:
	parts.shot = shot
	_problems = problems
	chosen = chosen.filter(parts.has)
	custom_minimum_size = Vector2(220, 66 + 24 * maxi(2, parts.lanes().size())) * _unit
	queue_redraw()


## Where on the control a second of a row is; row -1 is the ruler.
func place(at: float, row: int) -> Vector2:
	_fit()
	return Vector2(time_scale.x_of(at), (42 + 24 * row) * _unit if row >= 0 else 20 * _unit)


## Choose all keys.
func choose_all() -> void:
	_choose(parts.all_keys())


## Choose the keys that are at these places, [[lane, second]].
func choose_at(places: Array[Array]) -> void:
	_choose(parts.all_keys().filter(func(path: Array) -> bool:
		return places.any(func(place_of: Array) -> bool: return place_of[0] == path[1] and is_equal_approx(place_of[1] as float, parts.time_of(path)))))


func zoom_by(factor: float, x: float) -> void:
	_fit()
	time_scale.zoom_by(factor, x)
	queue_redraw()


func _fit() -> void:
	time_scale.take(100 * _unit, size.x - 100 * _unit, parts.time_of(ShotParts.END), 36 * _unit)


func _shown_at(path: Array) -> float:
	return maxf(0.0, parts.time_of(path) + _by) if _doing == MOVE and _moves and path in chosen else parts.time_of(path)


func _draw() -> void:
	if parts.shot.is_empty():
		return
	_fit()
	_painter.begin(self, time_scale, _unit)
	var end := _shown_at(["length"])
	var foot := size.y - 30 * _unit
	_painter.ground(end, foot)
	var lanes := parts.lanes()
	for row in lanes.size():
		var lane: String = lanes[row]
		var y := place(0, row).y
		_painter.lane(lane, y, end, _is_wrong(["lanes", lane]))
		var keys := parts.keys(lane)
		for k in keys.size():
			var path: Array = ["lanes", lane, "keys", k]
			var next := _shown_at(["lanes", lane, "keys", k + 1]) if k + 1 < keys.size() else end
			var words := str(keys[k].get("value")) if keys[k] is Dictionary else "?"
			_painter.key(_shown_at(path), next, y, words, path in chosen, _is_wrong(path))
	if lanes.is_empty():
		_painter.note("No lanes yet: choose a condition in “Add lane”.")
	for mark: String in parts.marks():
		_painter.mark(mark, _shown_at(["marks", mark]), foot, ["marks", mark] in chosen)
	_painter.end_and_now(end, playhead, foot, ["length"] in chosen)
	if _doing == LASSO:
		_painter.lasso(_lasso)
	_chips = _painter.ways(parts.shot)


func _is_wrong(path: Array) -> bool:
	for problem in _problems:
		if problem.slice(0, path.size()) == path:
			return true
	return false


## What is at a point of the control.
func hit(point: Vector2) -> Array:
	var near := 7 * _unit
	var lanes := parts.lanes()
	for path in parts.all_keys():
		if time_scale.is_seen(parts.time_of(path)) and point.distance_to(place(parts.time_of(path), lanes.find(path[1]))) < near:
			return path
	for mark: String in parts.marks():
		if Rect2(place(parts.marks()[mark] as float, -1) - Vector2(near, near), Vector2(3 * near, 2 * near)).has_point(point):
			return ["marks", mark]
	return ["length"] if absf(point.x - place(parts.time_of(ShotParts.END), 0).x) < near else []


func _gui_input(event: InputEvent) -> void:
	var click := event as InputEventMouseButton
	var motion := event as InputEventMouseMotion
	var key := event as InputEventKey
	if parts.shot.is_empty():
		return
	if click and click.button_index in [MOUSE_BUTTON_WHEEL_UP, MOUSE_BUTTON_WHEEL_DOWN]:
		_wheel(click)
	elif click and click.button_index == MOUSE_BUTTON_LEFT:
		if click.pressed:
			_press(click)
		else:
			_release()
		accept_event()
	elif motion and _doing != NOTHING:
		_drag(motion.position)
	elif key and key.pressed:
		_type(key)


func _wheel(click: InputEventMouseButton) -> void:
	var up := 1.0 if click.button_index == MOUSE_BUTTON_WHEEL_UP else -1.0
	if click.is_command_or_control_pressed():
		if click.pressed:
			zoom_by(pow(ZOOM_STEP, up), clampf(click.position.x, time_scale.left, time_scale.left + time_scale.width))
		accept_event()
	elif click.shift_pressed:
		if click.pressed:
			_fit()
			time_scale.scroll_by(-up * 60 * _unit)
			queue_redraw()
		accept_event()


func _type(key: InputEventKey) -> void:
	var many := key.is_command_or_control_pressed()
	if key.keycode == KEY_DELETE and chosen:
		removal_wanted.emit(chosen)
	elif key.keycode == KEY_A and many:
		choose_all()
	elif key.keycode in [KEY_PLUS, KEY_EQUAL, KEY_KP_ADD, KEY_MINUS, KEY_KP_SUBTRACT]:
		zoom_by(1.0 / ZOOM_STEP if key.keycode in [KEY_MINUS, KEY_KP_SUBTRACT] else ZOOM_STEP, place(playhead, 0).x)
	elif key.keycode == KEY_F and not many:
		time_scale.fit()
		queue_redraw()
	elif key.keycode in [KEY_LEFT, KEY_RIGHT] and chosen and chosen.all(func(path: Array) -> bool: return path.size() == 4):
		shifted.emit(chosen, (-SNAP if key.keycode == KEY_LEFT else SNAP) * (10.0 if key.shift_pressed else 1.0))
	else:
		return
	accept_event()


func _press(click: InputEventMouseButton) -> void:
	grab_focus()
	for chip in _chips:
		if (chip["box"] as Rect2).has_point(click.position) and chip["shot"]:
			shot_wanted.emit(chip["shot"] as String)
			return
	_fit()
	var there := hit(click.position)
	var adds := click.shift_pressed or click.is_command_or_control_pressed()
	_begun = click.position
	_by = 0.0
	_moves = false
	if there:
		_held = there
		_doing = MOVE
		if adds and there.size() == 4:
			_choose(chosen.filter(func(path: Array) -> bool: return path != there) if there in chosen else chosen.filter(ShotParts.is_key) + [there])
		elif not there in chosen:
			_choose([there])
	elif click.double_click and click.position.y > 30 * _unit:
		var row := int((click.position.y - 30 * _unit) / (24 * _unit))
		if row < parts.lanes().size() and click.position.x > time_scale.left:
			key_wanted.emit(str(parts.lanes()[row]), snappedf(time_scale.time_at(click.position.x), SNAP))
	elif click.position.y > 28 * _unit:
		_doing = LASSO
		_kept = chosen.filter(ShotParts.is_key) if adds else ([] as Array[Array])
		_lasso = Rect2(click.position, Vector2.ZERO)
		_choose(_kept)
	elif click.position.x > time_scale.left:
		_doing = SCRUB
		_scrub(click.position.x)


func _drag(to: Vector2) -> void:
	match _doing:
		SCRUB:
			_scrub(to.x)
		LASSO:
			_lasso = Rect2(_begun, Vector2.ZERO).expand(to)
			var within: Array[Array] = parts.all_keys().filter(func(path: Array) -> bool: return not path in _kept and _lasso.has_point(place(parts.time_of(path), parts.lanes().find(path[1]))))
			_choose(_kept + within)
		MOVE:
			_moves = _moves or absf(to.x - _begun.x) > 2
			# The one that is held snaps; the others keep their distance to it.
			_by = snappedf(maxf(0.0, parts.time_of(_held) + (to.x - _begun.x) / time_scale.zoom), SNAP) - parts.time_of(_held)
			for path: Array in chosen:
				_by = maxf(_by, -parts.time_of(path))
	queue_redraw()


func _release() -> void:
	var did := _doing
	_doing = NOTHING
	if did == MOVE and _moves and _held in chosen:
		if chosen.size() > 1:
			shifted.emit(chosen, _by)
		else:
			moved.emit(_held, parts.time_of(_held) + _by)
	# A click on empty lanes sets the playhead, as one on the ruler does.
	elif did == LASSO and _lasso.size.length() < 3 and _begun.x > time_scale.left:
		_scrub(_begun.x)
	queue_redraw()


func _scrub(x: float) -> void:
	playhead = clampf(time_scale.time_at(x), 0.0, parts.time_of(ShotParts.END))
	scrubbed.emit(playhead)


func _choose(paths: Array) -> void:
	var before := chosen
	chosen = []
	chosen.assign(paths)
	if chosen != before:
		selected.emit()
	queue_redraw()
