extends Node3D
## The second demo: a grey-box village that the stream paints over while the player walks through it. The village has colours of its own,
## too, and so has a space station: then the stream keeps them.

var _hour := 10.0
var _painted := true
var _coloured := false
var _station: DemoStation
var _turns := DemoTurns.new({KEY_SPACE: "weather", KEY_R: "season", KEY_T: "style", KEY_B: "biome", KEY_F: "event"})

@onready var _stream: DreamStream = $DreamStream
@onready var _view: DreamView = $DreamView
@onready var _walker: DemoWalker = $Walker
@onready var _village: DemoGreyWorld = $World
@onready var _painting: TextureRect = $Hud/Painting
@onready var _status: Label = $Hud/Status
@onready var _hint: Label = $Hud/Hint


func _ready() -> void:
	var named := OS.get_environment("DREAMBRIDGE_DAEMON")
	if named:
		_stream.daemon = named
	var bundle := OS.get_environment("DREAMBRIDGE_BUNDLE")
	if bundle:
		_stream.bundle = bundle
	else:
		_stream.conditions = {"time_of_day": _hour, "weather": "clear", "biome": "forest"}
	_stream.failed.connect(_on_failed)
	_view.failed.connect(_on_failed)
	_stream.state_changed.connect(_on_state)
	_stream.start()


func _process(_delta: float) -> void:
	_walker.way = Vector2(_keys([KEY_UP, KEY_W], [KEY_DOWN, KEY_S]), _keys([KEY_LEFT, KEY_A], [KEY_RIGHT, KEY_D]))
	# The painting lies over the middle of the game's own picture, pixel on pixel: both see the same height.
	_painting.visible = _painted and _stream.frame_view > 0
	var high := get_viewport().get_visible_rect().size.y
	var wide := high * _painting.texture.get_width() / maxf(1.0, _painting.texture.get_height())
	_painting.size = Vector2(wide, high)
	_painting.position = Vector2((get_viewport().get_visible_rect().size.x - wide) / 2.0, 0.0)
	if _stream.frame_view > 0 and _stream.state in [DreamStream.State.PLAYING, DreamStream.State.SLOWED]:
		_status.text = "%s   %02d:00   step %.0f ms   tick to painting %.0f ms" % [_stream.bundle, int(_hour), _stream.step_ms, _view.latency_ms]


func _unhandled_key_input(event: InputEvent) -> void:
	var key := event as InputEventKey
	if key == null or not key.pressed or key.echo:
		return
	match key.physical_keycode:
		KEY_P, KEY_TAB:
			_painted = not _painted
		KEY_Q:
			_turn_clock(-1.0)
		KEY_E:
			_turn_clock(1.0)
		KEY_C:
			show_colours(not _coloured)
		KEY_K:
			show_station(_station == null)
		KEY_L:
			get_tree().change_scene_to_file("res://demo/main.tscn")
		KEY_ESCAPE:
			get_tree().quit()
		_:
			_turns.pressed(key.physical_keycode, _stream)


## The game in its own colours, or as a grey-box.
func show_colours(on: bool) -> void:
	_coloured = on
	_village.coloured = on
	_walker.coloured = on
	# The view takes the colours as they are now.
	_view.own_colours = on


## The station instead of the village. It has no labels to speak of, so that it is always in its own colours.
func show_station(on: bool) -> void:
	if on == (_station != null):
		return
	if on:
		remove_child(_village)
		_station = DemoStation.new()
		add_child(_station)
		_walker.position = Vector3(0, 0, 14)
		_walker.rotation.y = 0.0
	else:
		_station.queue_free()
		_station = null
		add_child(_village)
	_walker.hall = Vector2(DemoStation.WIDTH / 2 - 1.0, DemoStation.LENGTH - 9.0) if on else Vector2.ZERO
	show_colours(on or _coloured)


func _exit_tree() -> void:
	if _village.get_parent() == null:
		_village.free()


func _keys(more: Array[Key], less: Array[Key]) -> float:
	var out := 0.0
	for key in more:
		out += float(Input.is_physical_key_pressed(key))
	for key in less:
		out -= float(Input.is_physical_key_pressed(key))
	return clampf(out, -1.0, 1.0)


func _turn_clock(hours: float) -> void:
	if _stream.schema.has("time_of_day"):
		_hour = fposmod(_hour + hours, 24.0)
		_stream.direct({"time_of_day": _hour}, 1.0)


func _show_keys() -> void:
	var keys := PackedStringArray(["← → ↑ ↓ walk", "P painted / game", "C colours", "K station"])
	if _stream.schema.has("time_of_day"):
		keys.append("Q E hour")
	keys.append_array(_turns.hints(_stream))
	_hint.text = "     ".join(keys) + "     L gallery     esc leave"


func _on_state(_state: DreamStream.State, reason: String) -> void:
	_show_keys()
	_status.text = "%s %s" % [_stream.state_name, reason]


func _on_failed(_code: String, message: String, hint: String) -> void:
	_status.text = "%s\n%s" % [message, hint]
