extends SceneTree
## How fast a choice of a story is seen (DAEMON, BUNDLE, NUMBER, AHEAD: seconds that are made ahead): milliseconds until the texture has a frame that obeys.
## Prints JSON.


func _initialize() -> void:
	await process_frame
	var director := DreamDirector.new()
	var errors: Array[String] = []
	director.failed.connect(func(code: String, _message: String, _hint: String) -> void: errors.append(code))
	director.limit = 60.0
	director.preroll = float(OS.get_environment("AHEAD"))
	root.add_child(director)
	var stream := DreamStream.new()
	stream.bundle = OS.get_environment("BUNDLE")
	stream.seed = 7
	stream.threads = 1
	stream.daemon = OS.get_environment("DAEMON")
	root.add_child(stream)
	director.stream = stream
	await stream.opened
	await director.tell("wait shown")
	var ways := ["weather=storm over=0", "weather=clear over=0"] if stream.bundle == "vista" else ["level=0.2", "level=0.8"]
	var random := RandomNumberGenerator.new()
	random.seed = 3
	var times: Array[float] = []
	for k in int(OS.get_environment("NUMBER")):
		director.offer(ways.map(func(way: String) -> Array: return ["dream: " + way]))
		await create_timer(random.randf_range(0.3, 0.5)).timeout  # the player reads
		var begun := Time.get_ticks_usec()
		await director.choose(k % 2)
		await director.tell("wait shown")
		times.append((Time.get_ticks_usec() - begun) / 1000.0)
	var ticks := Time.get_ticks_usec()
	for k in 60:
		await process_frame
	var tick := (Time.get_ticks_usec() - ticks) / 60000.0
	print(JSON.stringify({
		"times": times, "fps": stream.info["fps"], "step_ms": (await stream.stats())["step_ms_p50"], "tick_ms": tick, "adopted": director.adopted,
		"errors": errors,
	}))
	quit()
