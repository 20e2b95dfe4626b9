@tool
extends RefCounted
## What the user does to the shot that the cutscene editor shows, and to the ways between shots: each is one step of undo.

const Edits := preload("edits.gd")
const Spans := preload("json_spans.gd")
const Convert := preload("convert.gd")
const CutscenePanel := preload("panel.gd")

var _panel: CutscenePanel


func _init(panel: CutscenePanel) -> void:
	_panel = panel


## A key, a mark or the end is at another time.
func move(path: Array, at: float) -> void:
	if path.size() == 4:
		_apply("Move key", Edits.with_key_at(_text(), _panel.shot, str(path[1]), path[3] as int, at))
	else:
		_apply("Move %s" % ("mark" if path[0] == "marks" else "end"), Edits.with_value(_text(), _whole(path), at))


## Several keys are earlier or later. They stay chosen, wherever they are in their lanes then.
func shift(paths: Array[Array], by: float) -> void:
	for path in paths:
		by = maxf(by, -_panel.timeline.parts.time_of(path))
	var times: Array[Array] = []
	for path in paths:
		times.append([path[1], snappedf(_panel.timeline.parts.time_of(path) + by, 0.0001)])
	_apply("Move keys", Edits.with_keys_shifted(_text(), _panel.shot, paths, by))
	_panel.timeline.choose_at(times)


## Another value; null removes it.
func edit(path: Array, value: Variant) -> void:
	_apply("Edit %s" % path[-1], _edited(_text(), path, value))


## The same value in several places, such as the easing of several keys.
func edit_all(paths: Array[Array], field: String, value: Variant) -> void:
	var text := _text()
	for path in paths:
		text = _edited(text, path + [field], value)
	_apply("Edit %s" % field, text)


func add_key(lane: String, at: float) -> void:
	var schema: Dictionary = _panel.toolbar.schema.call() if _panel.toolbar.schema.is_valid() else {}
	var value: Variant = Edits.value_for(_panel.data_of_shot(), lane, at, schema.get(lane, {}) as Dictionary)
	_apply("Add key", Edits.with_key(_text(), _panel.shot, lane, at, value))


## Remove keys and marks. The end stays.
func remove(paths: Array[Array]) -> void:
	var there: Array[Array] = []
	there.assign(paths.filter(func(path: Array) -> bool: return path != ["length"]))
	if there.is_empty():
		return
	_panel.timeline.selection = []
	_apply("Remove %s" % ("keys" if there.size() > 1 else "key" if there[0].size() == 4 else "mark"), Edits.without_all(_text(), _panel.shot, there))


func add_mark() -> void:
	var named := Edits.free_name(_panel.data_of_shot().get("marks", {}) as Dictionary, "mark")
	_apply("Add mark", Edits.with_mark(_text(), _panel.shot, named, _panel.timeline.playhead))


func rename_mark(mark: String, named: String) -> void:
	_panel.timeline.selection = []
	var spans: Spans = Spans.of(_text())
	_apply("Rename mark", spans.renamed(_whole(["marks", mark]), named))


func add_shot() -> void:
	var data := _panel.cutscene.data()
	var named := Edits.free_name(data.get("shots", {}) as Dictionary, "shot")
	_apply("Add shot", Edits.with_shot(_text(), named))
	_panel.show_shot(named)


func rename_shot(named: String) -> void:
	var before := _panel.shot
	_panel.shot = named
	_apply("Rename shot", Edits.with_shot_named(_text(), before, named))


func remove_shot() -> void:
	_apply("Remove shot", Edits.without(_text(), ["shots", _panel.shot]))


## A way out of [param shot] leads to another one; [param path] is that of the name in the shot.
func lead(shot: String, path: Array, to: String) -> void:
	_apply("Lead %s to %s" % [shot, to], Edits.with_value(_text(), ["shots", shot] + path, to))


func from_animation(animation: Animation) -> void:
	if animation == null:
		_panel.toolbar.say("This is not an Animation.")
		return
	var left_out := PackedStringArray()
	_apply("Shot from Animation", Convert.with_animation(_text(), _panel.shot, animation, left_out))
	_panel.toolbar.say("Left out, because they key no condition: %s" % ", ".join(left_out) if left_out else "")


func _edited(text: String, path: Array, value: Variant) -> String:
	# A value of null unsets a condition; no other field may be null.
	return Edits.without(text, _whole(path)) if value == null and path[-1] != "value" else Edits.with_value(text, _whole(path), value)


func _whole(path: Array) -> Array:
	return ["shots", _panel.shot] + path


func _text() -> String:
	return _panel.cutscene.document


func _apply(title: String, text: String) -> void:
	_panel.apply(title, text)
