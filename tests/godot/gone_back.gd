extends SceneTree
## Goes back to other places of a stream, and tells as JSON lines what a restarted daemon would be told; then waits for a restarted one.

var stream: DreamStream
var player: DreamCutscenePlayer
var marks: Array[String] = []


func _initialize() -> void:
	await process_frame
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
