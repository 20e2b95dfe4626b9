extends SceneTree
## Opens a stream, directs it, waits until the picture obeys, and prints what it saw as JSON.

var errors: Array[String] = []
var states: Array[String] = []


func _initialize() -> void:
	var stream := DreamStream.new()
	stream.bundle = OS.get_environment("BUNDLE")
	stream.daemon = OS.get_environment("DAEMON")
	stream.seed = 5
	stream.conditions = {"level": 0.25}
	stream.failed.connect(func(code: String, message: String, hint: String) -> void: errors.append("%s: %s %s" % [code, message, hint]))
	stream.state_changed.connect(func(_state: DreamStream.State, _reason: String) -> void: states.append(stream.state_name))
	root.add_child(stream)
	await stream.frame_ready
	var first := Time.get_ticks_msec()
	var before := stream.texture.get_image().get_pixel(10, 220)
	var ticket := stream.direct({"level": 0.75})
	var obeyed := await stream.shown(ticket)
	var after := stream.texture.get_image().get_pixel(10, 220)
	var refused := await stream.shown(stream.direct({"levle": 1.0}))
	var latencies: Array[float] = []
	for i in 30:
		var r := stream.direct({"level": i / 30.0})
		await stream.shown(r)
		latencies.append(stream.latency_ms(r))
	var stats := await stream.stats()
	stream.pause()
	while stream.state != DreamStream.State.PAUSED:
		await process_frame
	var saved := await stream.snapshot()
	var index := stream.frame_index
	stream.step(3)
	while stream.frame_index < index + 3:
		await process_frame
	var restored := await stream.restore(saved)
	var wrong := await stream.restore(PackedByteArray([1, 2, 3]))
	print(JSON.stringify({
		"first_ms": first, "before": before.to_html(), "after": after.to_html(), "obeyed": obeyed, "refused": refused, "errors": errors,
		"states": states, "latencies": latencies, "stats": stats, "saved": saved.size(), "restored": restored, "wrong": wrong,
		"stepped": stream.frame_index - index, "schema": stream.schema.keys(), "torn": stream._session.reader.torn,
	}))
	stream.queue_free()
	await process_frame
	quit()
