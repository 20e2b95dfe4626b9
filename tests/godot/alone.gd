extends SceneTree
## No daemon: the fallback is shown and said; then a Python that is none; then the daemon that the node starts itself.


func _initialize() -> void:
	var out := {}
	var stream := DreamStream.new()
	var errors: Array[String] = []
	stream.failed.connect(func(code: String, message: String, hint: String) -> void: errors.append("%s|%s|%s" % [code, message, hint]))
	stream.daemon = "nobody"
	stream.bundle = "testcard"
	stream.poster = still(Color.RED)
	stream.fallback = still(Color.BLUE)
	root.add_child(stream)
	await process_frame
	out["poster"] = stream.texture.get_image().get_pixel(0, 0).to_html()
	# As a game does that directs at each tick: more than are kept, while there is nobody to send them to.
	for i in 700:
		out["waits"] = stream.direct({"level": i / 1000.0})
	await create_timer(3.5).timeout
	out["fallback"] = stream.texture.get_image().get_pixel(0, 0).to_html()
	out["state"] = stream.state_name
	out["errors"] = errors.duplicate()
	stream.stop()
	errors.clear()
	stream.python = "/nonexistent/a python"
	stream.start()
	await create_timer(3.5).timeout
	out["no_python"] = errors.duplicate()
	stream.stop()
	errors.clear()
	# Not before: the virtual screen is a Python program, too.
	OS.set_environment("PYTHONHOME", OS.get_environment("LAUNCHERS_HOME"))
	OS.set_environment("PYTHONPATH", OS.get_environment("LAUNCHERS_PATH"))
	stream.python = OS.get_environment("PYTHON")
	stream.daemon = OS.get_environment("DAEMON")
	stream.start()
	var until := Time.get_ticks_msec() + 30000
	while stream.frame_index < 5 and Time.get_ticks_msec() < until:
		await process_frame
	out["shown"] = await stream.shown(out["waits"] as int)
	out["level"] = stream.texture.get_image().get_pixel(10, 220).r8
	out["index"] = stream.frame_index
	out["name"] = stream._playback.starter.daemon
	out["ours"] = preload("res://addons/dreambridge/system/own_daemon.gd").is_ours(stream._session.channel.connection)
	out["epoch"] = stream.info.get("epoch", 0)
	out["errors_at_last"] = errors
	print(JSON.stringify(out))
	quit()


func still(color: Color) -> Texture2D:
	var image := Image.create(4, 4, false, Image.FORMAT_RGBA8)
	image.fill(color)
	return ImageTexture.create_from_image(image)
