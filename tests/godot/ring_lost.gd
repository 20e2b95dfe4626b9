extends SceneTree
## A stream whose ring is damaged (HARM: removed, overwritten or cut) or cannot be reached (none); what its game is told and sees.


func _initialize() -> void:
	var out := {"codes": [], "hints": []}
	var stream := DreamStream.new()
	stream.bundle = "testcard"
	stream.daemon = OS.get_environment("DAEMON")
	stream.failed.connect(func(code: String, message: String, hint: String) -> void:
		(out["codes"] as Array).append(code)
		(out["hints"] as Array).append(message + " " + hint))
	root.add_child(stream)
	var harm := OS.get_environment("HARM")
	if harm != "none":
		await stream.frame_ready
		var path: String = stream.info["ring"]
		match harm:
			"removed":
				DirAccess.remove_absolute(path)
			"overwritten":
				var file := FileAccess.open(path, FileAccess.READ_WRITE)
				file.store_string("this is no ring any more")
				file.close()
			"cut":
				FileAccess.open(path, FileAccess.WRITE).close()
	while not out["codes"]:
		await process_frame
	if harm != "none":
		var index := stream.frame_index
		while stream.frame_index < index + 5:
			await process_frame
		out["shown"] = await stream.shown(stream.direct({"level": 0.5}, 0.0))
	else:
		# Long enough for the daemon's answer to the closing, and for what it says of the state before.
		await create_timer(2.0).timeout
	out["state"] = stream.state_name
	out["index"] = stream.frame_index
	print(JSON.stringify(out))
	quit()
