@tool
extends HBoxContainer
## The prompt box: Enter directs the first text condition; the arrow keys go through what this user has prompted before.

signal prompted(condition: String, text: String)

const Settings := preload("../settings.gd")

var line := LineEdit.new()

var _condition := ""
var _history := MenuButton.new()
var _at := -1


func _init() -> void:
	line.size_flags_horizontal = Control.SIZE_EXPAND_FILL
	line.clear_button_enabled = true
	line.text_submitted.connect(_on_submitted)
	line.gui_input.connect(_on_key)
	add_child(line)
	_history.tooltip_text = "Earlier prompts"
	_history.flat = true
	_history.about_to_popup.connect(_fill)
	_history.get_popup().index_pressed.connect(func(k: int) -> void: line.text = _history.get_popup().get_item_text(k))
	add_child(_history)


func _notification(what: int) -> void:
	if what == NOTIFICATION_ENTER_TREE or (what == NOTIFICATION_THEME_CHANGED and is_inside_tree()):
		_history.icon = get_theme_icon(&"History", &"EditorIcons")


func set_schema(schema: Dictionary) -> void:
	_condition = ""
	for condition: String in schema:
		if (schema[condition] as Dictionary).get("kind") == "text":
			_condition = condition
			break
	line.editable = _condition != ""
	line.placeholder_text = "Describe the picture, then press Enter" if _condition or schema.is_empty() else "This bundle takes no text"


func submit() -> void:
	_on_submitted(line.text)


func _on_submitted(text: String) -> void:
	if _condition == "":
		return
	if text:
		Settings.add_prompt(text)
	_at = -1
	prompted.emit(_condition, text)


func _on_key(event: InputEvent) -> void:
	var key := event as InputEventKey
	if key == null or not key.pressed or not key.keycode in [KEY_UP, KEY_DOWN]:
		return
	var all := Settings.prompts()
	_at = clampi(_at + (1 if key.keycode == KEY_UP else -1), -1, all.size() - 1)
	line.text = all[all.size() - 1 - _at] if _at >= 0 else ""
	line.caret_column = line.text.length()
	line.accept_event()


func _fill() -> void:
	var popup := _history.get_popup()
	popup.clear()
	var all := Settings.prompts()
	all.reverse()
	for text in all:
		popup.add_item(text)
	if all.is_empty():
		popup.add_item("No prompts yet")
		popup.set_item_disabled(0, true)
