extends SceneTree
## Plays a cutscene step by step from a place that a snapshot holds, and records it. Prints one JSON object.

var stream: DreamStream
var player: DreamCutscenePlayer


func _initialize() -> void:
	await process_frame
	stream = DreamStream.new()
	stream.bundle = "vista"
	stream.fps = 24
	stream.threads = 1
	stream.daemon = OS.get_environment("DAEMON")
	root.add_child(stream)
	await stream.frame_ready
	stream.pause()
	await stream.restore(FileAccess.get_file_as_bytes(OS.get_environment("SNAPSHOT")))
	player = DreamCutscenePlayer.new()
	player.stream = stream
	player.cutscene = load_cutscene(OS.get_environment("DOCUMENT"))
	root.add_child(player)
	var recording := await stream.record()
	await player.play()
	await step(int(OS.get_environment("BEFORE")))
	var open := await until("choosing")
	await player.choose("on")
	await step(int(OS.get_environment("AFTER")))
	await recording.stop(OS.get_environment("TAKE"))
	print(JSON.stringify({"open": open, "status": player.status, "shot": player.shot}))
	quit()


func load_cutscene(path: String) -> DreamCutscene:
	var made := DreamCutscene.new()
	made.document = FileAccess.get_file_as_string(path)
	return made


## What happened is told when its frame is shown.
func until(status: String) -> String:
	var end := Time.get_ticks_msec() + 20000
	while player.status != status and Time.get_ticks_msec() < end:
		await process_frame
	return player.status


func step(count: int) -> void:
	for k in count:
		stream.step(1)
	await stream.stats()
	await process_frame
