extends SceneTree
## What awaits a stream returns when the stream is stopped or freed, and nothing of it stays behind. A stream that failed can be
## started again, and what is told of a stream is never that of the one before.

const ObjectCount := preload("res://object_count.gd")
const CYCLES := 6

var got := {}
var stream: DreamStream


func _initialize() -> void:
	var objects: Array[int] = []
	for k in CYCLES:
		await open("testcard")
		stream.pause()
		while stream.state != DreamStream.State.PAUSED:
			await process_frame
		got.clear()
		wait_shown(stream.direct({"level": 0.8}))
		save()
		match k % 3:
			0:
				stream.stop()
				got["stopped"] = got.size() == 2
				stream.free()
			1:
				stream.free()
			2:
				stream.queue_free()
		await process_frame
		await process_frame
		# One that is freed at the end of the frame may still get its answer.
		if got.get("shown") != false or (got.get("saved") != 0 and k % 3 != 2):
			break
		objects.append(await ObjectCount.settled(self))
	var again := await start_again()
	var first := await restarted()
	print(JSON.stringify({"got": got, "cycles": objects.size(), "left": objects[-1] - objects[1], "again": again, "restarted": first}))
	quit()


func open(bundle: String) -> void:
	stream = DreamStream.new()
	stream.bundle = bundle
	stream.daemon = OS.get_environment("DAEMON")
	root.add_child(stream)
	await (stream.frame_ready if bundle == "testcard" else stream.failed)


func wait_shown(ticket: int) -> void:
	got["shown"] = await stream.shown(ticket, 100.0)


func save() -> void:
	got["saved"] = (await stream.snapshot()).size()


func start_again() -> bool:
	await open("tetscard")
	while stream.state != DreamStream.State.FAILED:
		await process_frame
	stream.bundle = "testcard"
	stream.start()
	await stream.frame_ready
	return stream.state == DreamStream.State.PLAYING


func restarted() -> Array:
	await stream.shown(stream.cut({}, 9))
	var info_seed: int = stream.info["seed"]
	stream.stop()
	stream.start()
	var index := stream.frame_index
	await stream.frame_ready
	return [info_seed, index, stream.frame_index >= 0]
