extends SceneTree
## Places and forks: keep, rewind, fork, direct, prepare, adopt, drop, and a choice that was made ahead. Prints one JSON object.

var stream: DreamStream
var got := {}
var errors: Array[String] = []
var indices: Array[int] = []


func _initialize() -> void:
	await process_frame
	stream = DreamStream.new()
	stream.bundle = "testcard"
	stream.fps = 30
	stream.threads = 1
	stream.daemon = OS.get_environment("DAEMON")
	stream.failed.connect(func(code: String, message: String, _hint: String) -> void: errors.append("%s: %s" % [code, message]))
	stream.frame_ready.connect(func(index: int, _revision: int) -> void: indices.append(index))
	root.add_child(stream)
	stream.start()
	await stream.shown(stream.direct({"level": 0.2}, 0.0), 60.0)
	stream.pause()
	await step(3)
	var begun := stream.frame_index
	got["kept"] = await stream.keep("here")
	await step(5)
	var landed := await stream.rewind({"name": "here"})
	got["landed"] = (landed["frame_index"] as int) - begun
	got["no_place"] = await stream.rewind({"name": "there"})
	await step(2)
	var up := await stream.fork()
	var down := await stream.fork()
	got["numbers"] = [up.number, down.number]
	got["directed"] = await up.direct({"level": 0.8}, 0.0)
	got["wrong"] = await down.direct({"levle": 1.0})
	got["prepared"] = await up.prepare(0.5, 20.0)
	await step(2)
	indices.clear()
	got["adopted"] = await up.adopt()
	await step(4)
	got["level"] = level()
	got["rising"] = indices == indices.duplicate().filter(func(i: int) -> bool: return i >= indices[0])
	got["effective"] = stream._session.effective.duplicate()  # a cutscene changes it below
	await down.drop()
	got["dropped"] = await down.adopt()
	got["forks"] = (await stream.stats()).get("forks", 0)
	await choose()
	got["errors"] = errors
	stream.free()
	got["freed"] = await up.direct({"level": 0.5})
	print(JSON.stringify(got))
	quit()


## A cutscene waits, its ways are made ahead, one is taken.
func choose() -> void:
	var player := DreamCutscenePlayer.new()
	player.stream = stream
	player.preroll = 0.5
	player.cutscene = DreamCutscene.from_data({"format": "1.0", "name": "x", "start": "a", "shots": {
		"a": {"lanes": {"level": {"keys": [{"at": 0, "value": 0.1}]}}, "length": 0.1, "next": {"choice": [{"id": "go", "then": "b"}], "limit": 900, "default": "go"}},
		"b": {"lanes": {"level": {"keys": [{"at": 0, "value": 0.6}]}}, "length": 2}}})
	root.add_child(player)
	got["begun"] = await player.play()
	await step(7)
	got["chosen_of"] = player.status
	var until := Time.get_ticks_msec() + 20000
	while (await stream.stats()).get("ahead", 0) < 15 and Time.get_ticks_msec() < until:
		await process_frame
	got["ahead"] = (await stream.stats()).get("ahead", 0)
	var late := await stream.fork()
	got["ran_out"] = [await late.run_out(), late.shot, await late.run_out()]
	await late.drop()
	await player.choose("go")
	await step(2)
	got["chosen"] = level()
	player.free()


func step(count: int) -> void:
	stream.step(count)
	await stream.stats()
	# The frames are read once a tick.
	for k in 3:
		await process_frame


func level() -> int:
	return stream.texture._image.get_pixel(0, 220).r8
