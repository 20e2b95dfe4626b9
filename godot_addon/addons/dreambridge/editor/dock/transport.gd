@tool
extends HFlowContainer
## Play, pause, step and seed of the stream that the dock shows.

signal play_toggled(on: bool)

var _stream: DreamStream
var _play := Button.new()
var _pause := Button.new()
var _step := Button.new()
var _seed := SpinBox.new()
var _again := Button.new()


func _init() -> void:
	_play.toggle_mode = true
	_play.tooltip_text = "Play the stream here. The game does not run."
	_play.toggled.connect(func(on: bool) -> void: play_toggled.emit(on))
	_pause.toggle_mode = true
	_pause.tooltip_text = "Pause: no frames are made."
	_pause.toggled.connect(_on_pause)
	_step.tooltip_text = "Make one frame, and stay paused."
	_step.pressed.connect(step)
	_seed.max_value = 999999
	_seed.allow_greater = true
	_seed.rounded = true
	_seed.prefix = "Seed"
	_seed.tooltip_text = "Try another seed. The scene keeps its own."
	_seed.value_changed.connect(func(_value: float) -> void: begin_again())
	_again.tooltip_text = "Begin again from this seed."
	_again.pressed.connect(begin_again)
	for control: Control in [_play, _pause, _step, _seed, _again]:
		add_child(control)
		if control is Button:
			(control as Button).flat = true


func _notification(what: int) -> void:
	if what == NOTIFICATION_ENTER_TREE or (what == NOTIFICATION_THEME_CHANGED and is_inside_tree()):
		_set_icons()
		for button: Button in [_pause, _step, _again]:
			button.icon = get_theme_icon({_pause: &"Pause", _step: &"NextFrame", _again: &"Reload"}[button] as StringName, &"EditorIcons")


func show_stream(stream: DreamStream) -> void:
	if stream != _stream:
		_stream = stream
		if stream:
			_seed.set_value_no_signal(stream.seed)
	refresh()


func refresh() -> void:
	var there := is_instance_valid(_stream)
	var runs := there and _stream.is_running()
	var paused := runs and bool(_stream._session.want.get("paused", false))
	_play.disabled = not there
	_play.set_pressed_no_signal(runs)
	_pause.disabled = not runs
	_pause.set_pressed_no_signal(paused)
	_step.disabled = not paused
	_seed.editable = runs
	_again.disabled = not runs
	_set_icons()


func step() -> void:
	_stream.step()


func begin_again() -> void:
	if is_instance_valid(_stream) and _stream.is_running():
		_stream.cut({}, int(_seed.value))


func _on_pause(on: bool) -> void:
	if on:
		_stream.pause()
	else:
		_stream.resume()
	refresh()


func _set_icons() -> void:
	_play.icon = get_theme_icon(&"Stop" if _play.button_pressed else &"Play", &"EditorIcons")
