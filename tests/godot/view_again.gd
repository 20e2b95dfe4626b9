extends SceneTree
## Sends pictures of its own through the session's view, without a renderer, while others kill and restart the daemon; prints
## each change as a JSON line. Ends when told by QUIT's file.

const View := preload("res://addons/dreambridge/session/view.gd")


func _initialize() -> void:
	var stream := DreamStream.new()
	stream.bundle = OS.get_environment("BUNDLE")
	stream.daemon = OS.get_environment("DAEMON")
	root.add_child(stream)
	var fresh := [false]
	stream._session.opened.connect(func(_info: Dictionary) -> void:
		fresh[0] = true
		say({"opened": stream.frame_view}))
	stream.frame_ready.connect(func(_index: int, _revision: int) -> void:
		if fresh[0]:
			fresh[0] = false
			say({"first": stream.frame_view}))
	stream.state_changed.connect(func(_state: DreamStream.State, _why: String) -> void: say({"state": stream.state_name}))
	var view := View.new(stream._session)
	view.attached.connect(func(info: Dictionary) -> void: say({"attached": info["epoch"], "palette": (info["palette"] as Dictionary).size(), "layers": info["layers"]}))
	view.failed.connect(func(code: String, message: String, hint: String) -> void: say({"failed": code, "message": message, "hint": hint}))
	view.attach(["label", "depth"])
	var pixels := PackedByteArray()
	pixels.resize(256 * 256 * 8)
	for i in 256 * 256 * 2:
		pixels.encode_u32(4 * i, 0xff000000 | (i * 2654435761 & 0xffffff))
	var epoch := 0
	var before := -1
	while not FileAccess.file_exists(OS.get_environment("QUIT")):
		await process_frame
		if view.live:
			view.publish(pixels, Engine.get_process_frames(), Time.get_ticks_usec() / 1e6)
		if stream.frame_view > 0 and stream.info["epoch"] != epoch:
			epoch = stream.info["epoch"]
			var frame := stream.texture._image.get_data()
			say({"painted": epoch, "right": frame.slice(0, 4) == pixels.slice(0, 4) and frame.slice(4, 8) == pixels.slice(8, 12)})
		if FileAccess.file_exists(OS.get_environment("QUIT") + ".detach") and before < 0:
			view.detach()
			before = stream.frame_view
			say({"detaching": before})
		if before > 0 and stream.frame_view == 0:
			say({"detached": before})
			before = 0
	var node := DreamView.new()
	node.stream = stream
	var told: Array[String] = []
	node.failed.connect(func(code: String, message: String, _hint: String) -> void: told.append(code + message))
	root.add_child(node)
	say({"headless": told})
	quit()


func say(what: Dictionary) -> void:
	print(JSON.stringify(what))
