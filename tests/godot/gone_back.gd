extends SceneTree
## Goes back to other places of a stream, and tells as JSON lines what a restarted daemon would be told; then waits for a restarted one.

const Held := preload("res://addons/dreambridge/session/held.gd")

var stream: DreamStream
var player: DreamCutscenePlayer
var marks: Array[String] = []


func _initialize() -> void:
	await process_frame
	held()
	stream = DreamStream.new()
	stream.bundle = "testcard"
	stream.fps = 30
	stream.threads = 1
	stream.seed = 4
	stream.daemon = OS.get_environment("DAEMON")
	root.add_child(stream)
	player = DreamCutscenePlayer.new()
	player.stream = stream
	player.mark_passed.connect(func(mark: String) -> void: marks.append(mark))
	root.add_child(player)
	stream.start()
	await stream.shown(stream.direct({"level": 0.2}, 0.0), 60.0)
	await stream.keep("here")
	var save := await stream.snapshot()
	var fork := await stream.fork()
	await fork.direct({"level": 0.6}, 0.0)
	await stream.shown(stream.cut({"level": 1.0}, 77), 60.0)
	tell("cut")
	await stream.rewind({"name": "here"})
	tell("rewound")
	await stream.shown(stream.cut({"level": 1.0}, 78), 60.0)
	# The reply to this direction may come before that of the restore.
	var restored := [false]
	var restore := func() -> void: restored[0] = await stream.restore(save)
	restore.call()
	stream.direct({"level": 0.9}, 0.0)
	await stream.shown(stream.direct({}, 0.0), 60.0)
	while not restored[0]:
		await process_frame
	tell("restored_and_directed")
	await stream.restore(save)
	tell("restored")
	await fork.adopt()
	tell("adopted")
	await stream.restore(save)
	await daemon_again("level_again")
	await cutscene()
	quit()


## A cutscene that has ended, and into which the stream goes back: it goes on, also with another daemon.
func cutscene() -> void:
	player.cutscene = DreamCutscene.from_data({"format": "1.0", "name": "x", "start": "a", "shots": {
		"a": {"lanes": {"level": {"keys": [{"at": 0, "value": 0, "easing": "linear"}, {"at": 3, "value": 1, "easing": "linear"}]}}, "marks": {"m": 0.5}}}})
	await player.play()
	await player.happens("mark", "m")
	await stream.keep("m")
	await player.happens("ended")
	print(JSON.stringify({"ended": [player.status, stream._cutscene._running]}))
	await stream.rewind({"name": "m"})
	while player.status != "playing":
		await process_frame
	print(JSON.stringify({"back": [player.status, stream._cutscene._running, level()]}))
	await stream.rewind({"seconds": 0.3})
	await daemon_again("cutscene_again")
	await player.happens("ended")
	print(JSON.stringify({"marks": marks, "end": level()}))


## What was told of frames that the stream went back from is not told again; what is told of the place waits for its frame.
func held() -> void:
	var waits := Held.new()
	var took: Array[String] = []
	for told: Array in [[40, "before"], [60, "mark"], [100, "later"]]:
		waits.hold({"frame_index": told[0], "name": told[1]})
	took.append(str(waits.take(45, 9, 0).get("name")))
	waits.going()
	waits.hold({"frame_index": 50, "name": "place"})
	took.append(str(waits.take(98, 10, 0).get("name")))
	waits.went({"type": "rewound", "frame_index": 50}, 10)
	took.append(str(waits.take(98, 10, 0).get("name")))
	took.append(str(waits.take(99, 11, 0).get("name")))
	took.append(str(waits.take(50, 12, 4).get("name")))
	waits.hold({"frame_index": 60, "name": "mark again"})
	took.append(str(waits.take(120, 80, 0).get("name")))
	took.append(str(waits.take(120, 81, 0).get("name")))
	# An error: the stream is where it was.
	waits.going()
	waits.hold({"frame_index": 130, "name": "on"})
	waits.went({"type": "error"}, 82)
	took.append(str(waits.take(131, 83, 0).get("name")))
	print(JSON.stringify({"held": took}))


func tell(what: String) -> void:
	print(JSON.stringify({what: [stream._session.effective, stream._session.want["seed"], stream.info["seed"]]}))


func daemon_again(what: String) -> void:
	var epoch: int = stream.info["epoch"]
	print(JSON.stringify({"kill": level()}))
	while stream.info.get("epoch", epoch) == epoch or stream.state != DreamStream.State.PLAYING:
		await process_frame
	await stream.frame_ready
	print(JSON.stringify({what: [level(), stream.info["seed"], player.status]}))


func level() -> int:
	var picture := stream.texture._image
	return picture.get_pixel(0, 220).r8 if picture and picture.get_height() > 220 else -1
