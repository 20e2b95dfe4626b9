extends SceneTree
## Plays the demo scene with the stream off, on and off again; prints the tick times and the latencies as JSON.

var stream: DreamStream
var out := {}


func _initialize() -> void:
	var scene := (load("res://demo/main.tscn") as PackedScene).instantiate()
	root.add_child(scene)
	stream = scene.get_node("DreamStream")
	await stream.frame_ready
	for part in int(OS.get_environment("ROUNDS")):
		stream.stop()
		await measure("off")
		stream.start()
		await stream.frame_ready
		await measure("on")
	var waits: Array[float] = []
	for i in int(OS.get_environment("DIRECTIONS")):
		var ticket := stream.direct({"energy": i % 2})
		await stream.shown(ticket)
		waits.append(stream.latency_ms(ticket))
	out["direct_to_frame_ms"] = waits
	out["step_ms"] = stream.step_ms
	out["frame_index"] = stream.frame_index
	print(JSON.stringify(out))
	scene.queue_free()
	await process_frame
	quit()


func measure(title: String) -> void:
	for i in 20:
		await process_frame
	var times: Array = out.get(title, [])
	var work: Array = out.get(title + "_work", [])
	var before := Time.get_ticks_usec()
	for i in int(OS.get_environment("TICKS")):
		await process_frame
		var now := Time.get_ticks_usec()
		times.append((now - before) / 1000.0)
		work.append(Performance.get_monitor(Performance.TIME_PROCESS) * 1000.0)
		before = now
	out[title] = times
	out[title + "_work"] = work
