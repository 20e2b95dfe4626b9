@tool
extends VBoxContainer
## A part of the dock under a heading that folds it. Remembers for this user whether it is open.

signal folded

const Settings := preload("../settings.gd")

var body := VBoxContainer.new()

var _heading := Button.new()


func _init(title: String, open := true) -> void:
	name = title
	_heading.text = title
	_heading.flat = true
	_heading.toggle_mode = true
	_heading.alignment = HORIZONTAL_ALIGNMENT_LEFT
	_heading.button_pressed = Settings.is_open(title, open)
	_heading.toggled.connect(_on_toggled)
	add_child(_heading)
	add_child(body)
	body.visible = _heading.button_pressed


func _notification(what: int) -> void:
	if what == NOTIFICATION_THEME_CHANGED and is_inside_tree():
		_set_icon()
	elif what == NOTIFICATION_ENTER_TREE:
		_set_icon()


## Is what is in it on screen?
func is_shown() -> bool:
	return body.is_visible_in_tree()


func _on_toggled(on: bool) -> void:
	body.visible = on
	Settings.set_open(name, on)
	_set_icon()
	folded.emit()


func _set_icon() -> void:
	_heading.icon = get_theme_icon(&"GuiTreeArrowDown" if body.visible else &"GuiTreeArrowRight", &"EditorIcons")
