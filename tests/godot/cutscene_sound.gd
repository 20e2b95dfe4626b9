extends SceneTree
## Plays cutscenes with sounds, and listens on the audio bus: the sounds of the test tell their own second. Prints one JSON object.
##
## Left is a ramp from -1 to 1 over the sound's length, times 0.5; right is 0.5: left / right tells the second, whatever the volume.

var stream: DreamStream
var player: DreamCutscenePlayer
var ear := AudioEffectCapture.new()
var got := {}
var length := 300.0
# Stream time of the sound's second 0, from the events alone.
var began := NAN
var heard := -1.0
var offs: Array[float] = []
var silent := 0


func _initialize() -> void:
	await process_frame
	AudioServer.add_bus()
	AudioServer.set_bus_name(1, "Scene")
	AudioServer.add_bus_effect(1, ear)
	stream = DreamStream.new()
	stream.bundle = "testcard"
	stream.fps = 30
	stream.threads = 1
	stream.daemon = OS.get_environment("DAEMON")
	root.add_child(stream)
	player = DreamCutscenePlayer.new()
	player.stream = stream
	player.sound_bus = &"Scene"
	player.cutscene = load(OS.get_environment("FOLDER").path_join("sounds.dream.json"))
	root.add_child(player)
	stream._session.cutscene.connect(func(m: Dictionary) -> void: if m["happened"] == "shot": began = m["time"] - m["at"])
	stream.frame_ready.connect(func(_index: int, _revision: int) -> void: measure())
	process_frame.connect(listen)
	if OS.get_environment("LONG"):
		await stay(float(OS.get_environment("LONG")))
	else:
		await places()
	print(JSON.stringify(got))
	quit()


## The last second that the bus has played; -1: silence.
func listen() -> void:
	var mixed := ear.get_buffer(ear.get_frames_available())
	if mixed.is_empty():
		return
	var last := mixed[mixed.size() - 1]
	heard = (last.x / last.y + 1.0) / 2.0 * length + AudioServer.get_time_since_last_mix() if last.y > 0.01 else -1.0


## How far the sound is from the frame that is shown.
func measure() -> void:
	if not is_instance_valid(player) or player.shot not in ["long", "held", "slowed"]:
		return
	if heard < 0.0:
		silent += 1
	else:
		offs.append(heard - 2.0 - (stream.stream_time - began))


## A stream that the test slows: the daemon is stopped again and again.
func stay(seconds: float) -> void:
	length = float(OS.get_environment("LENGTH"))
	await player.play("slowed")
	await near()
	player._sound.player.corrects = OS.get_environment("CORRECTS") != "no"
	offs.clear()
	var from := stream.stream_time
	var since := Time.get_ticks_msec()
	print(JSON.stringify({"begins": true}))
	while Time.get_ticks_msec() - since < seconds * 1000:
		await process_frame
	got["clock"] = (Time.get_ticks_msec() - since) / 1000.0
	got["stream"] = stream.stream_time - from
	got["offs"] = offs


## Wait until the sound is within 80 ms of the picture for ten frames in a row, and in these seconds of itself. Says whether it was.
func near(from := 0.0, to := 300.0, patience := 60.0) -> bool:
	var until := Time.get_ticks_msec() + patience * 1000
	offs.clear()
	while Time.get_ticks_msec() < until:
		await process_frame
		if heard < from or heard > to:
			offs.clear()
		elif offs.size() >= 10 and offs.slice(-10).all(func(off: float) -> bool: return absf(off) <= 0.08):
			return true
	var sound: AudioStreamPlayer = player._sound.player
	var place := {"picture": stream.stream_time - began, "plays": sound.playing, "paused": sound.stream_paused, "offs": offs.slice(-20)}
	var there := {"wanted": [from, to], "heard": heard, "after": got.keys(), "shot": player.shot, "warnings": player.warnings}
	there.merge(place)
	got["not near"] = there
	return false


func quiet(patience := 20.0) -> bool:
	var until := Time.get_ticks_msec() + patience * 1000
	var since := Time.get_ticks_msec()
	while Time.get_ticks_msec() < until:
		await process_frame
		if heard >= 0.0:
			since = Time.get_ticks_msec()
		elif Time.get_ticks_msec() - since > 300:
			return true
	return false


func places() -> void:
	got["begun"] = await player.play("long")
	got["plays"] = await near()
	got["position"] = absf(player.sound_position - heard) < 0.2
	await player.seek("long", "", 200.0)
	got["sought"] = await near(201.0)
	got["kept"] = await stream.keep("here")
	await player.seek("long", "", 5.0)
	got["back"] = await near(0.0, 190.0)
	got["rewound"] = not (await stream.rewind({"name": "here"})).is_empty() and await near(201.0)
	stream.pause()
	got["paused"] = await quiet()
	stream.resume()
	got["resumed"] = await near(201.0)
	paused = true
	got["tree_paused"] = await quiet()
	paused = false
	got["tree_resumed"] = await near()
	player.process_mode = Node.PROCESS_MODE_DISABLED
	got["disabled"] = await quiet()
	player.process_mode = Node.PROCESS_MODE_INHERIT
	got["enabled"] = await near()
	# The same shot with its sound ten seconds later.
	var version: Dictionary = player.cutscene.data()
	version["shots"]["long"]["audio"]["offset"] = 12.0
	var other := DreamCutscene.from_data(version, OS.get_environment("FOLDER"))
	var before := heard
	got["replaced"] = await player.replace(other)
	began -= 10.0
	got["offset"] = await near(before + 9.0)
	# The end of the shot: the wait holds the picture, and the sound goes on.
	await player.replace(player.cutscene)
	await player.seek("held")
	await player.happens("waiting")
	got["held"] = await near() and player.status == "waiting"
	await player.seek("long", "", 297.0)  # second 299 of the sound
	got["ends"] = await quiet() and player.status == "playing"
	length = 4.0
	for kind: String in ["ogg", "mp3", "wav8", "wav24", "float"]:
		await player.seek(kind)
		heard = -1.0
		var until := Time.get_ticks_msec() + 15000
		while heard < 0.0 and Time.get_ticks_msec() < until:
			await process_frame
		got[kind] = heard
	for kind: String in ["broken", "gone"]:
		await player.seek(kind)
		got[kind] = await quiet() and player.status == "playing"
	got["warnings"] = player.warnings
	got["configuration"] = Array(player._get_configuration_warnings())
	length = 300.0
	await player.seek("long", "", 10.0)
	await player.stop()
	got["stopped"] = await quiet()
	got["again"] = await player.play("long") and await near()
	player.free()
	got["freed"] = await quiet()
