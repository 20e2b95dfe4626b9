@icon("icons/dream_choices.svg")
class_name DreamChoices
extends VBoxContainer
## Shows the choices of a [DreamCutscenePlayer] as buttons, and takes the one that is pressed: by mouse, keyboard or controller.
##
## The buttons have the theme of the container. A choice goes when an option is taken, also by its time limit.

## The player whose choices are shown.
@export var player: DreamCutscenePlayer:
	set(value):
		_leave()
		player = value
		_join()

# Other children are the scene's own.
var _buttons: Array[Button] = []


func _init() -> void:
	alignment = ALIGNMENT_END


func _join() -> void:
	if player and not Engine.is_editor_hint():
		player.choice_offered.connect(_offer)
		player.shot_began.connect(_on_shot)
		player.waiting.connect(_on_waiting)
		player.ended.connect(_clear)
		player.tree_exiting.connect(_clear)


func _leave() -> void:
	_clear()
	if is_instance_valid(player) and player.choice_offered.is_connected(_offer):
		player.choice_offered.disconnect(_offer)
		player.shot_began.disconnect(_on_shot)
		player.waiting.disconnect(_on_waiting)
		player.ended.disconnect(_clear)
		player.tree_exiting.disconnect(_clear)


func _offer(options: Array[Dictionary], _limit: float) -> void:
	_clear()
	for option in options:
		var button := Button.new()
		button.text = option["text"] if option["text"] else option["id"]
		button.pressed.connect(_take.bind(str(option["id"])))
		add_child(button)
		_buttons.append(button)
	if _buttons:
		_buttons[0].grab_focus()


func _take(id: String) -> void:
	_clear()
	player.choose(id)


func _on_shot(_shot: String) -> void:
	_clear()


func _on_waiting(_signal_name: String, _limit: float) -> void:
	_clear()


func _clear() -> void:
	for button in _buttons:
		remove_child(button)
		button.queue_free()
	_buttons.clear()
