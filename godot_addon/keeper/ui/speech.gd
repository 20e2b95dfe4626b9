class_name KeeperSpeech
extends PanelContainer
## The box in which people talk, and in which the player answers.

signal _went_on
signal _answered(option: int)

const LETTERS_PER_SECOND := 55.0
const BOTTOM := -22.0

## What the box shows: the words, and the answers that are offered.
var words := ""
var offered := PackedStringArray()

var _shown := 0.0
var _names := Label.new()
var _text := Label.new()
var _more := Label.new()
var _answers := VBoxContainer.new()


func _init() -> void:
	hide()
	anchor_left = 0.5
	anchor_right = 0.5
	anchor_top = 1.0
	anchor_bottom = 1.0
	offset_left = -440
	offset_right = 440
	offset_top = BOTTOM
	offset_bottom = BOTTOM
	grow_vertical = GROW_DIRECTION_BEGIN
	grow_horizontal = GROW_DIRECTION_BOTH
	mouse_filter = MOUSE_FILTER_STOP
	var rows := VBoxContainer.new()
	rows.add_theme_constant_override(&"separation", 6)
	add_child(rows)
	_names.add_theme_color_override(&"font_color", KeeperStyle.GOLD)
	_text.autowrap_mode = TextServer.AUTOWRAP_WORD_SMART
	_text.custom_minimum_size = Vector2(836, 34)
	_more.text = "▾"
	_more.horizontal_alignment = HORIZONTAL_ALIGNMENT_RIGHT
	_more.add_theme_color_override(&"font_color", KeeperStyle.GOLD)
	for part: Control in [_names, _text, _answers, _more]:
		rows.add_child(part)


func _process(delta: float) -> void:
	if not visible:
		return
	_shown = minf(_shown + delta * LETTERS_PER_SECOND, words.length())
	_text.visible_characters = int(_shown)
	_more.modulate.a = 0.6 + 0.4 * sin(Time.get_ticks_msec() / 180.0) if _is_whole() else 0.0


func _unhandled_input(event: InputEvent) -> void:
	if not visible or event.is_echo() or not (event.is_action_pressed(&"keeper_use") or event.is_action_pressed(&"ui_accept")):
		return
	get_viewport().set_input_as_handled()
	var chosen := get_viewport().gui_get_focus_owner()
	if offered.is_empty():
		go_on()
	elif chosen and chosen.get_parent() == _answers:
		_answered.emit(chosen.get_index())


func _gui_input(event: InputEvent) -> void:
	if event is InputEventMouseButton and (event as InputEventMouseButton).pressed and offered.is_empty():
		go_on()


## Show all of the words, or go on if they are shown.
func go_on() -> void:
	if _is_whole():
		_went_on.emit()
	else:
		_shown = words.length()


## Show words of somebody (empty: nobody), and wait until the player goes on.
func say(who: String, says: String) -> void:
	_open(who, says)
	_more.show()
	await _went_on


## Offer answers below the last words, and wait for one; its number. They are shown anyway: a timer would hurry a slow reader.
func ask(answers: PackedStringArray) -> int:
	offered = answers
	_shown = words.length()
	_more.hide()
	for k in answers.size():
		var button := Button.new()
		button.text = answers[k]
		button.alignment = HORIZONTAL_ALIGNMENT_LEFT
		button.pressed.connect(_answered.emit.bind(k))
		_answers.add_child(button)
	show()
	_fit()
	(_answers.get_child(0) as Button).grab_focus()
	var answer: int = await _answered
	_clear()
	return answer


## Give an answer by its number, as the player does.
func answer_with(option: int) -> void:
	_answered.emit(option)


## Show words with answers to come.
func open_question(who: String, says: String) -> void:
	_open(who, says)


func close() -> void:
	hide()
	words = ""
	offered = []


## The answers get the focus again, after a menu.
func take_focus() -> void:
	if visible and _answers.get_child_count():
		(_answers.get_child(0) as Button).grab_focus()


func _open(who: String, says: String) -> void:
	_clear()
	_names.text = who
	_names.visible = who != ""
	words = says
	_text.text = says
	_text.visible = says != ""
	_shown = 0.0
	_text.visible_characters = 0
	show()
	_fit()


func _clear() -> void:
	offered = []
	for node in _answers.get_children():
		_answers.remove_child(node)
		node.queue_free()
	_fit()


# As high as its content, from the bottom up.
func _fit() -> void:
	offset_bottom = BOTTOM
	offset_top = BOTTOM


func _is_whole() -> bool:
	return _shown >= words.length()
