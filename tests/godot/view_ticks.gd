extends SceneTree
## Plays the demo's village with the view off and on in turns, the figure walking; prints tick times, what a picture costs and
## where the time between its tick and its painting goes, as JSON.

var stream: DreamStream
var view: DreamView
var out := {"off": [], "on": [], "costs": [], "painted": []}
## What to add to this engine's microseconds for those of CLOCK_MONOTONIC, which the daemon stamps with.
var offset := 0.0
var written := {}
var last := 0


func _initialize() -> void:
	var scene := (load("res://demo/level3d.tscn") as PackedScene).instantiate()
	stream = scene.get_node("DreamStream")
	view = scene.get_node("DreamView")
	view.read_back = int(OS.get_environment("READ_BACK"))
	view.enabled = false
	root.add_child(scene)
	current_scene = scene
	await stream.frame_ready
	set_clock()
	stream.frame_ready.connect(_on_frame)
	view.sent.connect(_on_sent)
	for key: Key in [KEY_UP, KEY_LEFT]:
		var event := InputEventKey.new()
		event.physical_keycode = key
		event.keycode = key
		event.pressed = true
		Input.parse_input_event(event)
	for part in int(OS.get_environment("ROUNDS")):
		view.enabled = false
		while stream.frame_view > 0:
			await process_frame
		await measure("off")
		view.enabled = true
		while stream.frame_view == 0:
			await process_frame
		await measure("on")
	out["fps"] = stream.info["fps"]
	out["asynchronous"] = view._readback.asynchronous
	out["adapter"] = RenderingServer.get_video_adapter_name()
	print(JSON.stringify(out))
	scene.queue_free()
	await process_frame
	quit()


func measure(title: String) -> void:
	for i in 30:
		await process_frame
	var times: Array = out[title]
	var before := Time.get_ticks_usec()
	for i in int(OS.get_environment("TICKS")):
		await process_frame
		var now := Time.get_ticks_usec()
		times.append((now - before) / 1000.0)
		before = now


func _on_sent(number: int) -> void:
	written[number] = Time.get_ticks_usec()
	out["costs"].append([view.update_ms, view.read_ms, view.write_ms])


func _on_frame(_index: int, _revision: int) -> void:
	var now := Time.get_ticks_usec() + offset
	var r := stream._session.reader
	if r.view == 0 or r.view == last or not written.has(r.view):
		return
	last = r.view
	var tick := r.view_time * 1e6 + offset
	var ring: float = written[r.view] + offset
	out["painted"].append([(ring - tick) / 1e3, r.begun_ns / 1e6 - ring / 1e3, (r.ended_ns - r.begun_ns) / 1e6, now / 1e3 - r.ended_ns / 1e6])


## By the daemon's clock in its pong, half way between question and answer; the quickest of forty is the best.
func set_clock() -> void:
	var best := INF
	for i in 40:
		var pong := {}
		var take := func(m: Dictionary) -> void: pong.merge(m)
		var asked := Time.get_ticks_usec()
		stream._session.channel.ask({"type": "ping"}, take)
		while pong.is_empty() and Time.get_ticks_usec() - asked < 200000:
			stream._session.channel.begin_tick()
			stream._session.channel.next_event()
		var answered := Time.get_ticks_usec()
		if pong.has("time_ns") and answered - asked < best:
			best = answered - asked
			offset = pong["time_ns"] / 1e3 - (asked + answered) / 2.0
	out["clock_error_ms"] = best / 2000.0
