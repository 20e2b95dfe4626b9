class_name KeeperSounds
extends Node
## The game's sounds, on two buses: Music and Effects. What loops is faded over.

const FOLDER := "res://keeper/sounds/"
const FADE := 1.2
const LOOPS: Array[String] = ["music", "sea", "fire", "storm"]

var _players := {}
var _looping := {}


func _ready() -> void:
	process_mode = PROCESS_MODE_ALWAYS
	for bus: String in ["Music", "Effects"]:
		if AudioServer.get_bus_index(bus) < 0:
			AudioServer.add_bus()
			AudioServer.set_bus_name(AudioServer.bus_count - 1, bus)


## Play a sound once.
func play(named: String) -> void:
	var player := _player(named, "Effects")
	player.pitch_scale = randf_range(0.93, 1.07) if named == "step" else 1.0
	player.play()


## The sound of a place, such as "sea", "fire" or "storm": the others fade out.
func ambience(named: String) -> void:
	for other: String in ["sea", "fire", "storm"]:
		_loop(other, "Effects", other == named)


func music(on: bool) -> void:
	_loop("music", "Music", on)


func set_volumes(music_volume: float, effects: float) -> void:
	for pair: Array in [["Music", music_volume], ["Effects", effects]]:
		var bus := AudioServer.get_bus_index(str(pair[0]))
		var volume: float = pair[1]
		AudioServer.set_bus_volume_db(bus, linear_to_db(maxf(volume, 0.001)))
		AudioServer.set_bus_mute(bus, volume <= 0.0)


## Stop all of it. The mixer lets go of what it plays a moment later.
func silence() -> void:
	for named: String in _players:
		(_players[named] as AudioStreamPlayer).stop()
	_looping.clear()


## The sounds that loop now.
func heard() -> PackedStringArray:
	return PackedStringArray(_looping.keys().filter(func(named: String) -> bool: return _looping[named]))


func _loop(named: String, bus: String, on: bool) -> void:
	if _looping.get(named, false) == on:
		return
	_looping[named] = on
	var player := _player(named, bus)
	if on and not player.playing:
		player.volume_db = -40.0
		player.play()
	var tween := create_tween()
	tween.tween_property(player, "volume_db", 0.0 if on else -50.0, FADE)
	if not on:
		tween.tween_callback(func() -> void: if not _looping.get(named, false): player.stop())


func _player(named: String, bus: String) -> AudioStreamPlayer:
	if not _players.has(named):
		var player := AudioStreamPlayer.new()
		if named in LOOPS:
			var looped: AudioStreamOggVorbis = load(FOLDER + named + ".ogg")
			looped.loop = true
			player.stream = looped
		else:
			player.stream = load(FOLDER + named + ".wav")
		player.bus = bus
		add_child(player)
		_players[named] = player
	return _players[named]
