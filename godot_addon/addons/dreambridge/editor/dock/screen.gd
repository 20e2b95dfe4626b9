@tool
extends Control
## The dock's picture, or in its place what to do so that there is one.

## The button under the message was pressed.
signal pressed(action: StringName)

var _picture := TextureRect.new()
var _box := VBoxContainer.new()
var _words := Label.new()
var _button := Button.new()
var _action := &""


func _init() -> void:
	# No container: a text that wraps would ask for a great height while the dock is hidden and has no width.
	clip_contents = true
	for child: Control in [_picture, _box]:
		child.set_anchors_preset(PRESET_FULL_RECT)
	size_flags_vertical = Control.SIZE_EXPAND_FILL
	_picture.expand_mode = TextureRect.EXPAND_IGNORE_SIZE
	_picture.stretch_mode = TextureRect.STRETCH_KEEP_ASPECT_CENTERED
	add_child(_picture)
	_box.alignment = BoxContainer.ALIGNMENT_CENTER
	_words.horizontal_alignment = HORIZONTAL_ALIGNMENT_CENTER
	_words.autowrap_mode = TextServer.AUTOWRAP_WORD_SMART
	_box.add_child(_words)
	_button.size_flags_horizontal = Control.SIZE_SHRINK_CENTER
	_button.pressed.connect(func() -> void: pressed.emit(_action))
	_box.add_child(_button)
	add_child(_box)


func _ready() -> void:
	custom_minimum_size.y = 110 * EditorInterface.get_editor_scale()


## The message; a picture stays visible behind it only if [param keeps_picture].
func say(text: String, button := "", action := &"", keeps_picture := false) -> void:
	_box.visible = text != ""
	_picture.visible = text == "" or keeps_picture
	_picture.modulate.a = 0.35 if text else 1.0
	_words.text = text
	_button.visible = button != ""
	_button.text = button
	_action = action


func show_picture(texture: Texture2D) -> void:
	_picture.texture = texture


## What is written in place of the picture; for tests.
func words() -> String:
	return _words.text if _box.visible else ""
