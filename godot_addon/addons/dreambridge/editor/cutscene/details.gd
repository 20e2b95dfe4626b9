@tool
extends VBoxContainer
## The fields of what is selected in the timeline: a key, several keys, a mark, or the shot itself with what follows it.

## A value of the shot changed: its path in the shot. null removes it.
signal edited(path: Array, value: Variant)
signal moved(path: Array, at: float)
## The same field of several keys changed.
signal edited_all(paths: Array[Array], field: String, value: Variant)
signal shifted(paths: Array[Array], by: float)
signal mark_renamed(mark: String, named: String)
signal shot_renamed(named: String)

const Spans := preload("json_spans.gd")
const Follows := preload("follows.gd")
const EASINGS: PackedStringArray = ["", "linear", "smooth", "in", "out", "hold"]
const TEMPLATES := {
	"End": {"end": true},
	"Go to a shot": {"shot": "SHOT", "transition": {"seconds": 1.0}},
	"Wait for a signal": {"wait": "SIGNAL", "then": "SHOT"},
	"Offer a choice": {"choice": [{"id": "first", "text": "First", "then": "SHOT"}, {"id": "second", "text": "Second", "then": "SHOT"}]},
	"Branch on a variable": {"branch": [{"if": "VARIABLE", "then": "SHOT"}, {"then": "SHOT"}]},
}

var _grid := GridContainer.new()


func _init() -> void:
	_grid.columns = 2
	add_child(_grid)


## [param spans] is the document's text, [param paths] the selection in the shot.
func show_selection(shot_name: String, shot: Dictionary, paths: Array[Array], spans: Spans) -> void:
	for child: Node in _grid.get_children() + get_children().slice(1):
		child.queue_free()
	if shot.is_empty():
		return
	if paths.size() > 1:
		_show_keys(paths)
		return
	var path: Array = paths[0] if paths else []
	match path.size():
		4:
			_show_key(shot, path, spans, shot_name)
		2:
			_show_mark(shot, path)
		_:
			_show_shot(shot_name, shot, spans)


func _show_key(shot: Dictionary, path: Array, spans: Spans, shot_name: String) -> void:
	var keys: Array = shot["lanes"][path[1]]["keys"]
	var key: Dictionary = keys[path[3]]
	_title("Key of %s" % path[1])
	_number("At", key.get("at", 0.0) as float, func(at: float) -> void: moved.emit(path, at))
	var value: Variant = key.get("value")
	var line := _line("Value", str(value) if value is String else spans.text_of(["shots", shot_name] + path + ["value"]))
	line.tooltip_text = "A number, a text, or JSON such as [0, 1]; null unsets the condition."
	_on_entered(line, func(text: String) -> void: edited.emit(path + ["value"], _read(text, value is String)))
	var list := _easing(func(easing: Variant) -> void: edited.emit(path + ["easing"], easing))
	list.select(maxi(0, EASINGS.find(str(key.get("easing", "")))))


func _show_keys(paths: Array[Array]) -> void:
	_title("%d keys" % paths.size())
	var dial := _number("Move by", 0.0, func(by: float) -> void: shifted.emit(paths, by))
	dial.min_value = -86400
	dial.set_value_no_signal(0.0)
	_easing(func(easing: Variant) -> void: edited_all.emit(paths, "easing", easing)).select(-1)


## The list of easings; [param then] gets the chosen one, or null for the condition's own.
func _easing(then: Callable) -> OptionButton:
	var list := OptionButton.new()
	for easing in EASINGS:
		list.add_item(easing if easing else "the condition's own")
	var easings: Array = [null] + Array(EASINGS.slice(1))
	list.item_selected.connect(func(k: int) -> void: then.call(easings[k]))
	_field("Easing", list)
	return list


func _show_mark(shot: Dictionary, path: Array) -> void:
	_title("Mark")
	var line := _line("Name", str(path[1]))
	_on_entered(line, func(text: String) -> void: mark_renamed.emit(str(path[1]), text))
	_number("At", shot["marks"][path[1]] as float, func(at: float) -> void: moved.emit(path, at))


func _show_shot(shot_name: String, shot: Dictionary, spans: Spans) -> void:
	_title("Shot")
	_on_entered(_line("Name", shot_name), func(text: String) -> void: shot_renamed.emit(text))
	_number("Length", Follows.length_of(shot), func(at: float) -> void: edited.emit(["length"], at))
	var choose := MenuButton.new()
	choose.text = "Then …"
	choose.flat = false
	for title: String in TEMPLATES:
		choose.get_popup().add_item(title)
	choose.get_popup().index_pressed.connect(func(k: int) -> void: edited.emit(["next"], TEMPLATES.values()[k]))
	var next := CodeEdit.new()
	next.custom_minimum_size = Vector2(0, 110) * EditorInterface.get_editor_scale()
	next.size_flags_vertical = Control.SIZE_EXPAND_FILL
	next.wrap_mode = TextEdit.LINE_WRAPPING_BOUNDARY
	next.text = spans.text_of(["shots", shot_name, "next"])
	next.placeholder_text = "Nothing follows: the cutscene ends."
	next.tooltip_text = "What follows the shot, as JSON (CUTSCENE.md). It is taken when you leave the field."
	next.focus_exited.connect(_on_next.bind(next, next.text))
	add_child(choose)
	add_child(next)


func _on_next(next: CodeEdit, before: String) -> void:
	if next.text == before:
		return
	if next.text.strip_edges() == "":
		edited.emit(["next"], null)
		return
	var value: Variant = JSON.parse_string(next.text)
	if value == null:
		next.tooltip_text = "This is not JSON. Nothing was changed."
		next.modulate = get_theme_color(&"error_color", &"Editor")
	else:
		edited.emit(["next"], value)


static func _read(text: String, was_text: bool) -> Variant:
	if was_text and text != "null":
		return text
	var json := JSON.new()
	return json.data if json.parse(text) == OK else text


func _title(text: String) -> void:
	var label := Label.new()
	label.text = text
	label.theme_type_variation = &"HeaderSmall"
	_grid.add_child(label)
	_grid.add_child(Control.new())


func _field(title: String, control: Control) -> void:
	var label := Label.new()
	label.text = title
	_grid.add_child(label)
	control.size_flags_horizontal = Control.SIZE_EXPAND_FILL
	_grid.add_child(control)


func _line(title: String, text: String) -> LineEdit:
	var line := LineEdit.new()
	line.text = text
	_field(title, line)
	return line


# Enter, or another field: once for each change.
func _on_entered(line: LineEdit, then: Callable) -> void:
	var before := [line.text]
	var take := func() -> void:
		if line.text != before[0]:
			before[0] = line.text
			then.call(line.text)
	line.text_submitted.connect(func(_text: String) -> void: take.call())
	line.focus_exited.connect(take)


func _number(title: String, value: float, then: Callable) -> SpinBox:
	var dial := SpinBox.new()
	dial.max_value = 86400
	dial.step = 0.05
	dial.suffix = "s"
	dial.value = value
	dial.value_changed.connect(then)
	_field(title, dial)
	return dial
