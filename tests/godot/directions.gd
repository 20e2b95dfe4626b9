extends SceneTree
## Directs events, pictures, poses and a world; then waits until the daemon was killed and is back. What was seen, as JSON lines.

var stream: DreamStream
var errors: Array[String] = []


func _initialize() -> void:
	stream = DreamStream.new()
	stream.bundle = "probe"
	stream.daemon = OS.get_environment("DAEMON")
	stream.conditions = {"event": "birds", "seed_world": 12}
	stream.failed.connect(func(code: String, message: String, _hint: String) -> void: errors.append("%s: %s" % [code, message]))
	root.add_child(stream)
	await stream.frame_ready
	say("opened", {})
	var image := Image.create(700, 300, false, Image.FORMAT_RGB8)
	image.fill(Color.RED)
	image.fill_rect(Rect2i(350, 0, 350, 300), Color.BLUE)
	await obeyed("image", {"reference": image})
	image.rotate_180()
	await obeyed("texture", {"reference": ImageTexture.create_from_image(image)})
	await obeyed("file", {"reference": Image.create(8, 8, false, Image.FORMAT_RGB8).save_png_to_buffer()})
	await obeyed("thin", {"reference": Image.create(3000, 1, false, Image.FORMAT_RGBA8)})
	await refused("empty", {"reference": Image.new()})
	var a := PackedFloat32Array()
	var b := PackedFloat32Array()
	for i in 51:
		a.append(0.25)
		b.append(0.75)
	await obeyed("one", {"pose": a})
	await obeyed("two", {"pose": [a, b]})
	await refused("half", {"pose": a.slice(0, 30)})
	await refused("world", {"seed_world": 1.5})
	await obeyed("moment", {"event": {"lamp": 0.5, "lightning": 1.0}})
	await refused("no moment", {"event": "thunder"})
	say("waits", {"errors": errors, "kept": stream._session.effective.keys()})
	var epoch: int = stream.info["epoch"]
	while stream.state != DreamStream.State.LOST:
		await process_frame
	var event := stream.direct({"event": "falling_star"})
	var mixed := stream.direct({"event": "falling_star", "seed_world": 33})
	await stream.frame_ready
	while stream.info["epoch"] == epoch:
		await process_frame
	var mixed_shown := await stream.shown(mixed)
	var event_shown := await stream.shown(event)
	say("back", {"event_shown": event_shown, "mixed_shown": mixed_shown})
	quit()


func obeyed(title: String, values: Dictionary) -> void:
	var shown := await stream.shown(stream.direct(values, 0.0))
	say(title, {"shown": shown})


func refused(title: String, values: Dictionary) -> void:
	var shown := await stream.shown(stream.direct(values))
	say(title, {"shown": shown})


func say(title: String, more: Dictionary) -> void:
	var pixels := Array(stream.texture.get_image().get_data())
	print(JSON.stringify(more.merged({"title": title, "pixels": pixels})))
