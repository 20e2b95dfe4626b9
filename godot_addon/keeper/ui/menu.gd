class_name KeeperMenu
extends Control
## The title, the pause menu, the options and the end: one page at a time. Works with keys, a controller and the mouse.

## An entry was chosen: "continue", "new", "resume", "leave", "quit".
signal chosen(what: String)

const HOW := "← →  walk        E  use        Esc  pause        (controller: stick, A, Start)"

## The page that is shown; empty: none.
var page := ""
## The settings that the options change.
var settings: KeeperSettings

var _from := ""
var _ending := ""
var _list := VBoxContainer.new()
var _box := PanelContainer.new()
var _shade := ColorRect.new()


func _init() -> void:
	process_mode = PROCESS_MODE_ALWAYS
	set_anchors_and_offsets_preset(PRESET_FULL_RECT)
	mouse_filter = MOUSE_FILTER_IGNORE
	hide()


func _ready() -> void:
	_shade.set_anchors_preset(PRESET_FULL_RECT)
	_shade.color = Color(0.01, 0.01, 0.03, 0.5)
	add_child(_shade)
	var middle := CenterContainer.new()
	middle.set_anchors_preset(PRESET_FULL_RECT)
	add_child(middle)
	_list.custom_minimum_size = Vector2(440, 0)
	_list.add_theme_constant_override(&"separation", 4)
	_box.add_child(_list)
	middle.add_child(_box)


func _unhandled_input(event: InputEvent) -> void:
	if visible and page == "options" and (event.is_action_pressed(&"ui_cancel") or event.is_action_pressed(&"keeper_pause")):
		get_viewport().set_input_as_handled()
		open(_from)
	elif visible and page == "pause" and (event.is_action_pressed(&"ui_cancel") or event.is_action_pressed(&"keeper_pause")):
		get_viewport().set_input_as_handled()
		chosen.emit("resume")


## Show a page: "title", "pause", "options", "end".
func open(named: String) -> void:
	var last := page
	page = named
	for node in _list.get_children():
		_list.remove_child(node)
		node.queue_free()
	theme = KeeperStyle.theme(settings.number(&"text_size"))
	_box.add_theme_stylebox_override(&"panel", KeeperStyle.panel())
	if named in ["title", "end"]:
		_box.add_theme_stylebox_override(&"panel", StyleBoxEmpty.new())
	# An ending may be a bright morning.
	var dark: float = {"title": 0.42, "end": 0.58}.get(named, 0.6)
	_shade.color.a = dark
	match named:
		"title":
			_title()
		"pause":
			_head("Paused", 30)
			_button("Go on", "resume")
			_page_button("Options")
			_button("To the title", "leave")
		"options":
			_from = last if last != "options" else _from
			_options()
		"end":
			_end()
	show()
	for node in _list.find_children("*", "Control", true, false):
		if (node as Control).focus_mode == FOCUS_ALL:
			(node as Control).grab_focus()
			return


## The page of an ending.
func open_end(ending: String) -> void:
	_ending = ending
	open("end")


func close() -> void:
	page = ""
	hide()


func _title() -> void:
	_head("The Keeper's Light", 46)
	_note("A night in a lighthouse, painted while you play")
	_gap(14)
	if KeeperState.has_save():
		_button("Go on with your night", "continue")
	_button("A new night", "new")
	_page_button("Options")
	_button("Quit", "quit")
	_gap(10)
	_note("Endings found: %d of %d" % [settings.endings().size(), KeeperWatch.ENDINGS.size()])
	_note(HOW)


func _end() -> void:
	var about: Array = KeeperWatch.ENDINGS[_ending]
	_head(str(about[0]), 40)
	_note(str(about[1]))
	_gap(12)
	_note("Endings found: %d of %d" % [settings.endings().size(), KeeperWatch.ENDINGS.size()])
	_gap(6)
	_button("To the title", "leave")


func _options() -> void:
	_head("Options", 30)
	_slider("Music", &"music", 0.0, 1.0, 0.1)
	_slider("Sounds", &"effects", 0.0, 1.0, 0.1)
	_slider("Text size", &"text_size", 0.8, 1.6, 0.2)
	_check("Subtitles in the cutscene", &"subtitles")
	_check("Less flashing", &"less_flashing")
	_check("Full screen", &"fullscreen")
	_gap(8)
	var back := _entry("Back")
	back.pressed.connect(func() -> void: open(_from))


func _head(text: String, size_of: int) -> void:
	var label := KeeperStyle.heading(text, minf(settings.number(&"text_size"), 1.2), size_of)
	label.horizontal_alignment = HORIZONTAL_ALIGNMENT_CENTER
	_list.add_child(label)


func _note(text: String) -> void:
	var label := Label.new()
	label.text = text
	label.horizontal_alignment = HORIZONTAL_ALIGNMENT_CENTER
	label.add_theme_color_override(&"font_color", KeeperStyle.FAINT)
	label.add_theme_font_size_override(&"font_size", roundi(16 * settings.number(&"text_size")))
	_list.add_child(label)


func _gap(high: float) -> void:
	var space := Control.new()
	space.custom_minimum_size.y = high
	_list.add_child(space)


func _entry(text: String) -> Button:
	var button := Button.new()
	button.text = text
	button.alignment = HORIZONTAL_ALIGNMENT_LEFT
	_list.add_child(button)
	return button


func _button(text: String, what: String) -> void:
	_entry(text).pressed.connect(chosen.emit.bind(what))


func _page_button(text: String) -> void:
	_entry(text).pressed.connect(open.bind("options"))


func _slider(text: String, what: StringName, from: float, to: float, step: float) -> void:
	var row := HBoxContainer.new()
	var label := Label.new()
	label.text = "   " + text
	label.size_flags_horizontal = SIZE_EXPAND_FILL
	var slider := HSlider.new()
	slider.name = what
	slider.custom_minimum_size = Vector2(200, 40)
	slider.min_value = from
	slider.max_value = to
	slider.step = step
	slider.value = settings.number(what)
	slider.focus_entered.connect(label.add_theme_color_override.bind(&"font_color", KeeperStyle.GOLD))
	slider.focus_exited.connect(label.remove_theme_color_override.bind(&"font_color"))
	slider.value_changed.connect(_on_slid.bind(what))
	row.add_child(label)
	row.add_child(slider)
	# As far from the edge as the switches below.
	var edge := Control.new()
	edge.custom_minimum_size.x = 12
	row.add_child(edge)
	_list.add_child(row)


func _on_slid(value: float, what: StringName) -> void:
	settings.put(what, value)
	if what == &"text_size":
		theme = KeeperStyle.theme(value)


func _check(text: String, what: StringName) -> void:
	var button := CheckButton.new()
	button.name = what
	button.text = text
	button.button_pressed = settings.on(what)
	button.toggled.connect(func(on: bool) -> void: settings.put(what, on))
	_list.add_child(button)
