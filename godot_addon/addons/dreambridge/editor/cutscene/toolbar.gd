@tool
extends HFlowContainer
## The cutscene editor's buttons.

signal saved
signal played
signal paused
signal removed
signal lane_added(lane: String)
signal mark_added
signal shot_added
signal shot_removed
## The graph of all shots shall be seen.
signal graph_toggled(on: bool)
signal to_animation(path: String)
signal from_animation(path: String)

enum { TO_ANIMATION, FROM_ANIMATION, REMOVE_SHOT }

## The schema of the stream that the preview shows: the conditions that "Add lane" offers.
var schema := Callable()

var _icons := {}
var _title := Label.new()
var _save := _button(&"Save", "Save the document. Only the values that you changed are replaced in its text.", saved)
var _follows := CheckButton.new()
var _lane := MenuButton.new()
var _more := MenuButton.new()
var _message := Label.new()


func _init() -> void:
	add_child(_title)
	add_child(_save)
	add_child(_button(&"Play", "Play from here in the preview.", played))
	add_child(_button(&"Pause", "Pause the preview.", paused))
	_follows.text = "Follow"
	_follows.tooltip_text = "The preview shows the second under the playhead while you drag it."
	_follows.button_pressed = true
	add_child(_follows)
	var graph := CheckButton.new()
	graph.text = "Graph"
	graph.tooltip_text = "All shots and the ways between them, in the place of the timeline."
	graph.toggled.connect(func(on: bool) -> void: graph_toggled.emit(on))
	add_child(graph)
	_lane.text = "Add lane"
	_lane.flat = false
	_lane.about_to_popup.connect(_fill_lanes)
	_lane.get_popup().index_pressed.connect(func(k: int) -> void: lane_added.emit(_lane.get_popup().get_item_text(k)))
	add_child(_lane)
	_add_text_button("Add mark", mark_added)
	_add_text_button("Add shot", shot_added)
	add_child(_button(&"Remove", "Remove the selected keys or the selected mark.", removed))
	_more.text = "More"
	_more.flat = false
	_more.get_popup().add_item("Save the shot as an Animation …", TO_ANIMATION)
	_more.get_popup().add_item("Fill the shot from an Animation …", FROM_ANIMATION)
	_more.get_popup().add_item("Remove the shot", REMOVE_SHOT)
	_more.get_popup().id_pressed.connect(_on_more)
	add_child(_more)
	_message.clip_text = true
	_message.custom_minimum_size.x = 200 * EditorInterface.get_editor_scale()
	_message.size_flags_horizontal = Control.SIZE_EXPAND_FILL
	_message.mouse_filter = Control.MOUSE_FILTER_STOP
	add_child(_message)


func _notification(what: int) -> void:
	if what == NOTIFICATION_ENTER_TREE or (what == NOTIFICATION_THEME_CHANGED and is_inside_tree()):
		for button: Button in _icons:
			button.icon = get_theme_icon(_icons[button] as StringName, &"EditorIcons")


func follows() -> bool:
	return _follows.button_pressed


func show_title(text: String, unsaved: bool) -> void:
	_title.text = text
	_save.disabled = not unsaved
	say("")


func say(text: String) -> void:
	_message.text = text
	_message.visible = text != ""
	_message.tooltip_text = text


func _button(icon_name: StringName, tip: String, pressed: Signal) -> Button:
	var button := Button.new()
	button.flat = true
	button.tooltip_text = tip
	button.pressed.connect(func() -> void: pressed.emit())
	_icons[button] = icon_name
	return button


func _add_text_button(text: String, pressed: Signal) -> void:
	var button := Button.new()
	button.text = text
	button.pressed.connect(func() -> void: pressed.emit())
	add_child(button)


func _fill_lanes() -> void:
	var popup := _lane.get_popup()
	popup.clear()
	var known: Dictionary = schema.call() if schema.is_valid() else {}
	for lane: String in known:
		popup.add_item(lane)
	if known.is_empty():
		popup.add_item("Play the stream once in the dock, so that its conditions are known.")
		popup.set_item_disabled(0, true)


func _on_more(id: int) -> void:
	match id:
		TO_ANIMATION:
			_ask("Save the shot as an Animation", EditorFileDialog.FILE_MODE_SAVE_FILE, to_animation)
		FROM_ANIMATION:
			_ask("Fill the shot from an Animation", EditorFileDialog.FILE_MODE_OPEN_FILE, from_animation)
		REMOVE_SHOT:
			shot_removed.emit()


func _ask(title: String, mode: EditorFileDialog.FileMode, then: Signal) -> void:
	var dialog := EditorFileDialog.new()
	dialog.file_mode = mode
	dialog.access = EditorFileDialog.ACCESS_RESOURCES
	dialog.title = title
	dialog.add_filter("*.tres, *.res, *.anim", "Animation")
	dialog.file_selected.connect(func(path: String) -> void: then.emit(path))
	dialog.visibility_changed.connect(func() -> void: if not dialog.visible: dialog.queue_free())
	add_child(dialog)
	dialog.popup_centered_ratio(0.6)
