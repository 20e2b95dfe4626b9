@tool
extends VBoxContainer
## One condition of the schema as a control: a slider, a list, a text, buttons. A slider is under its name, for the dock is narrow.

## The user gave it another value; null unsets it.
signal directed(condition: String, value: Variant)

const SENT := {
	"pose": "from a sender or a script",
	"audio": "from a DreamAudio",
	"image": "from a script",
}

var condition: String

var _schema: Dictionary
var _slider: HSlider
var _number: SpinBox
var _list: OptionButton
var _line: LineEdit
var _unset := Button.new()
# What comes from the stream is shown, and does not direct it.
var _taking := false


func _init(named: String, schema: Dictionary) -> void:
	condition = named
	name = named
	_schema = schema
	add_theme_constant_override(&"separation", 0)
	var head := HBoxContainer.new()
	add_child(head)
	var title := Label.new()
	title.text = named.capitalize()
	title.tooltip_text = "%s\n%s" % [named, schema.get("description", "")]
	title.mouse_filter = Control.MOUSE_FILTER_STOP
	title.clip_text = true
	title.text_overrun_behavior = TextServer.OVERRUN_TRIM_ELLIPSIS
	title.size_flags_horizontal = Control.SIZE_EXPAND_FILL
	title.size_flags_stretch_ratio = 0.6
	title.custom_minimum_size.x = 60 * EditorInterface.get_editor_scale()
	head.add_child(title)
	var control := _make()
	# A number needs no more room than its digits.
	control.size_flags_horizontal = Control.SIZE_SHRINK_END if _number else Control.SIZE_EXPAND_FILL
	head.add_child(control)
	_unset.flat = true
	_unset.tooltip_text = "Unset it, so that the model decides."
	_unset.pressed.connect(func() -> void: directed.emit(condition, null))
	_unset.disabled = true
	head.add_child(_unset)


func _notification(what: int) -> void:
	if what == NOTIFICATION_ENTER_TREE or (what == NOTIFICATION_THEME_CHANGED and is_inside_tree()):
		_unset.icon = get_theme_icon(&"ReloadSmall", &"EditorIcons")


## Show the value that holds now; null: unset.
func take(value: Variant) -> void:
	_taking = true
	_unset.disabled = value == null
	var usual: Variant = _schema.get("default")
	var shown: Variant = usual if value == null else value
	modulate.a = 0.65 if value == null and (_slider or _list or _line) else 1.0
	if _slider and not _slider.has_focus() and (shown is float or shown is int):
		_slider.set_value_no_signal(shown as float)
		_number.set_value_no_signal(shown as float)
	elif _list and shown != null:
		var options: Array = _schema.get("options", [])
		_list.select(options.find(shown))
	elif _line and not _line.has_focus():
		_line.text = str(shown) if shown != null else ""
	_taking = false


func _make() -> Control:
	match str(_schema.get("kind")):
		"number":
			return _make_number()
		"choice":
			_list = OptionButton.new()
			_list.clip_text = true
			for option: Variant in _schema.get("options", []):
				_list.add_item(str(option))
			_list.select(-1)
			_list.item_selected.connect(func(k: int) -> void: _direct((_schema["options"] as Array)[k]))
			return _list
		"text":
			_line = LineEdit.new()
			_line.max_length = int(_schema.get("max_chars", 2000) as float)
			_line.text_submitted.connect(_direct)
			return _line
		"event":
			return _make_event()
	var note := Label.new()
	note.text = SENT.get(_schema.get("kind"), "from a script")
	note.modulate.a = 0.6
	note.clip_text = true
	return note


func _make_number() -> Control:
	var limits: Array = _schema["range"] if _schema.get("range") is Array else [0.0, 1.0]
	_slider = HSlider.new()
	_number = SpinBox.new()
	for dial: Range in [_slider, _number]:
		dial.min_value = limits[0]
		dial.max_value = limits[1]
		dial.step = 1.0 if _schema.get("discrete") else (dial.max_value - dial.min_value) / 200.0
		dial.value_changed.connect(_on_number)
	_number.suffix = _schema.get("unit", "")
	_number.select_all_on_focus = true
	_number.alignment = HORIZONTAL_ALIGNMENT_RIGHT
	add_child(_slider)
	return _number


func _make_event() -> Control:
	var row := HFlowContainer.new()
	var options: Array = _schema.get("options", [])
	for option: Variant in options if options else [1.0]:
		var button := Button.new()
		button.text = str(option).capitalize() if options else "Trigger"
		button.pressed.connect(_direct.bind(option))
		row.add_child(button)
	return row


func _on_number(value: float) -> void:
	if not _taking:
		_slider.set_value_no_signal(value)
		_number.set_value_no_signal(value)
		_direct(value)


func _direct(value: Variant) -> void:
	if not _taking:
		directed.emit(condition, value)
