extends SceneTree
## Plays silence, a sine and drum strokes on a bus; what a DreamAudio makes of them, and what reached the stream, as JSON.

const RATE := 44100
const PITCH := 1000.0

var out := {}
var ear: DreamAudio
var player: AudioStreamPlayer


func _initialize() -> void:
	AudioServer.add_bus()
	AudioServer.set_bus_name(1, "Music")
	var stream := DreamStream.new()
	stream.bundle = "probe"
	stream.daemon = OS.get_environment("DAEMON")
	root.add_child(stream)
	await stream.frame_ready
	ear = DreamAudio.new()
	ear.bus = &"Music"
	ear.stream = stream
	root.add_child(ear)
	player = AudioStreamPlayer.new()
	player.bus = &"Music"
	root.add_child(player)
	await create_timer(0.4).timeout
	out["silence"] = Array(ear.features)
	for db: float in [0.0, -20.0, -40.0]:
		play(func(t: float) -> float: return db_to_linear(db) * sin(TAU * PITCH * t))
		await create_timer(0.6).timeout
		out["sine%d" % int(db)] = Array(ear.features)
	play(func(t: float) -> float: return exp(-30.0 * fmod(t, 0.5)) * sin(TAU * 120.0 * fmod(t, 0.5)))
	var onsets: Array[float] = []
	var until := Time.get_ticks_msec() + 3000
	while Time.get_ticks_msec() < until:
		await process_frame
		onsets.append(ear.features[16])
	out["onsets"] = onsets
	play(func(t: float) -> float: return sin(TAU * PITCH * t))
	await create_timer(0.8).timeout
	out["pixels"] = Array(stream.texture.get_image().get_data())
	out["sent"] = Array(ear.features)
	player.stop()
	# The last levels fade, and their frames come a little later; half a second without news must follow within five.
	var quiet := -1
	var patience := Time.get_ticks_msec() + 5000
	while quiet != stream.frame_revision and Time.get_ticks_msec() < patience:
		quiet = stream.frame_revision
		await create_timer(0.5).timeout
	out["sent_while_quiet"] = stream.frame_revision - quiet
	root.remove_child(ear)
	out["effects_left"] = AudioServer.get_bus_effect_count(1)
	ear.free()
	print(JSON.stringify(out))
	stream.queue_free()
	player.queue_free()
	await process_frame
	quit()


func play(wave: Callable) -> void:
	var bytes := PackedByteArray()
	bytes.resize(2 * RATE * 4)
	for i in RATE * 4:
		var value: float = wave.call(float(i) / RATE)
		bytes.encode_s16(2 * i, int(32767 * value))
	var sound := AudioStreamWAV.new()
	sound.format = AudioStreamWAV.FORMAT_16_BITS
	sound.mix_rate = RATE
	sound.data = bytes
	player.stream = sound
	player.play()
