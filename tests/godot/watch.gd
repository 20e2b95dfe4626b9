extends SceneTree
## Watches a stream while others kill and restart the daemon; prints each change as a JSON line. Ends when told by QUIT's file.

var begun := Time.get_unix_time_from_system()


func _initialize() -> void:
	var stream := DreamStream.new()
	stream.bundle = "testcard"
	stream.daemon = OS.get_environment("DAEMON")
	stream.seed = 11
	stream.conditions = {"level": 0.2}
	stream.state_changed.connect(func(_state: DreamStream.State, reason: String) -> void: say({"state": stream.state_name, "reason": reason}))
	stream.failed.connect(func(code: String, message: String, hint: String) -> void: say({"failed": code, "message": message, "hint": hint}))
	root.add_child(stream)
	await stream.frame_ready
	await stream.shown(stream.direct({"level": 0.8}))
	say({"obeys": 0.8, "epoch": stream.info["epoch"], "seed": stream.info["seed"]})
	var epoch: int = stream.info["epoch"]
	while not FileAccess.file_exists(OS.get_environment("QUIT")):
		await process_frame
		stream.direct({"level": 0.8})  # at each tick, whether there is a daemon or not
		if stream.info["epoch"] != epoch and stream.state == DreamStream.State.PLAYING:
			epoch = stream.info["epoch"]
			await stream.frame_ready
			# The node has read this frame, so the next one is waited for within this tick. There is none if the daemon was killed meanwhile.
			var pixels := stream._session.reader.read()
			var until := Time.get_ticks_msec() + 500
			while pixels.is_empty() and Time.get_ticks_msec() < until:
				pixels = stream._session.reader.read()
			if pixels.is_empty():
				epoch = 0
				continue
			say({"again": pixels[220 * 256 * 4], "epoch": epoch, "seed": stream.info["seed"]})
	quit()


func say(what: Dictionary) -> void:
	print(JSON.stringify(what.merged({"at": Time.get_unix_time_from_system()})))
