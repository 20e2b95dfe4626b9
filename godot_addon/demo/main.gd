extends Node2D
## The demo game: walk, talk, call the storm; the painting follows hour, weather, camera and the player's pose.

const SPEED := 210.0
const LEFT := 90.0
const RIGHT := 1062.0
const TALKS_WITHIN := 150.0
const POSE_EVERY := 1.0 / 12.0
const HOUR_STEP := 1.0

var _hour := 9.0
var _storm := false
var _since_pose := 0.0
var _sent_pose := PackedFloat32Array()
var _sent_camera := INF
var _says_until := 0.0
var _story := DemoStory.new()
var _turns := DemoTurns.new({KEY_R: "season", KEY_T: "style", KEY_B: "biome", KEY_V: "weather", KEY_F: "event"})

@onready var _stream: DreamStream = $DreamStream
@onready var _player: DemoPuppet = $Player
@onready var _teller: DemoPuppet = $Storyteller
@onready var _room: DemoRoom = $Room
@onready var _speech: Label = $Hud/Speech
@onready var _status: Label = $Hud/Status
@onready var _hint: Label = $Hud/Hint


func _ready() -> void:
	var named := OS.get_environment("DREAMBRIDGE_DAEMON")
	if named:
		_stream.daemon = named
	_stream.conditions = {"time_of_day": _hour, "weather": "clear", "biome": "forest", "energy": 0.3, "camera_x": 0.0}
	_stream.failed.connect(_on_failed)
	_stream.state_changed.connect(_on_state)
	_stream.start()
	_speech.text = ""


func _process(delta: float) -> void:
	_walk(delta)
	_teller.waving = move_toward(_teller.waving, 1.0 if _says_until > 0.0 else 0.0, delta * 3.0)
	_says_until -= delta
	if _says_until <= 0.0:
		_speech.text = ""
	_since_pose += delta
	if _since_pose >= POSE_EVERY:
		_since_pose = 0.0
		_send_player()
	_room.glow = _room.glow.lerp(_stream.texture.average_color(), minf(1.0, delta * 4.0))
	_show_status()


func _unhandled_key_input(event: InputEvent) -> void:
	var key := event as InputEventKey
	if key == null or not key.pressed or key.echo:
		return
	match key.physical_keycode:
		KEY_SPACE:
			_call_storm()
		KEY_E, KEY_ENTER:
			_talk()
		KEY_UP, KEY_W:
			_turn_clock(HOUR_STEP)
		KEY_DOWN, KEY_S:
			_turn_clock(-HOUR_STEP)
		KEY_L:
			get_tree().change_scene_to_file("res://demo/level3d.tscn")
		KEY_ESCAPE:
			get_tree().quit()
		_:
			_turns.pressed(key.physical_keycode, _stream)


func _walk(delta: float) -> void:
	var way := 0.0
	if Input.is_physical_key_pressed(KEY_RIGHT) or Input.is_physical_key_pressed(KEY_D):
		way += 1.0
	if Input.is_physical_key_pressed(KEY_LEFT) or Input.is_physical_key_pressed(KEY_A):
		way -= 1.0
	_player.pace = 7.0 * absf(way)
	if way:
		_player.facing = way
	_player.position.x = clampf(_player.position.x + way * SPEED * delta, LEFT, RIGHT)


## Where the player stands, from 0 (left wall) to 1 (right wall).
func place() -> float:
	return (_player.position.x - LEFT) / (RIGHT - LEFT)


func _send_player() -> void:
	if _stream.state not in [DreamStream.State.PLAYING, DreamStream.State.SLOWED]:
		return
	var values := {}
	var pose := _player.as_condition(Vector2(0.12 + 0.76 * place(), 0.885), 0.098)
	if pose != _sent_pose:
		values["pose"] = pose
	var camera := 1.6 * (place() - 0.5)
	if absf(camera - _sent_camera) > 0.002:
		values["camera_x"] = camera
	if values.is_empty():
		return
	_sent_pose = pose
	_sent_camera = camera
	_stream.direct(values, POSE_EVERY, "linear")


func _call_storm() -> void:
	_storm = not _storm
	_stream.direct({"weather": "storm" if _storm else "clear"}, 2.0)
	_player.waving = 1.0
	await get_tree().create_timer(0.8).timeout
	_player.waving = 0.0


func _turn_clock(hours: float) -> void:
	_hour = fposmod(_hour + hours, 24.0)
	_stream.direct({"time_of_day": _hour}, 1.0)


func _talk() -> void:
	if absf(_player.position.x - _teller.position.x) > TALKS_WITHIN:
		return
	var line := _story.next()
	_speech.text = line["says"]
	_says_until = 6.0
	_storm = false
	_teller.facing = signf(_player.position.x - _teller.position.x)
	# What the story does not name stays as it is; hour, weather and place are the story's now.
	_stream.direct({"prompt": line["prompt"], "time_of_day": null, "weather": null, "biome": null}, 2.5)


func _show_status() -> void:
	var near := absf(_player.position.x - _teller.position.x) < TALKS_WITHIN
	var keys := PackedStringArray(["← → walk", "E talk"] if near else ["← → walk"])
	keys.append_array(["space storm", "↑ ↓ hour (%02d:00)" % int(_hour)])
	keys.append_array(_turns.hints(_stream))
	_hint.text = "    ".join(keys) + "    L village    esc leave"
	if _stream.state in [DreamStream.State.PLAYING, DreamStream.State.SLOWED]:
		_status.text = "%s   frame %d   step %.0f ms" % [_stream.bundle, _stream.frame_index, _stream.step_ms]


func _on_state(_state: DreamStream.State, reason: String) -> void:
	_status.text = "%s %s" % [_stream.state_name, reason]


func _on_failed(_code: String, message: String, hint: String) -> void:
	_status.text = "%s\n%s" % [message, hint]
