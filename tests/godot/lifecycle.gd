extends SceneTree
## CYCLES of each kind in a game, while a stream plays: paused, time scale 0 and 10, window minimised, freed in the midst of a frame, stopped and
## started in one tick, out of the tree and back. Prints for each kind what there was before and after.

const ObjectCount := preload("object_count.gd")

var out := {"kinds": {}, "wrong": []}
var scene: Node
var stream: DreamStream


func _initialize() -> void:
	var kinds := {
		"paused": paused_game, "time scale": time_scale, "minimised": minimised, "freed in mid-frame": freed, "stop and start": stop_and_start,
		"out of the tree": reparent,
	}
	var cycles := int(OS.get_environment("CYCLES"))
	for kind: String in kinds:
		make()
		await frames(2)
		# A first cycle loads what it needs.
		for k in 2:
			await (kinds[kind] as Callable).call()
		var before := await held()
		for k in cycles:
			await (kinds[kind] as Callable).call()
		out["kinds"][kind] = [before, await held()]
		scene.free()
	await ObjectCount.settled(self)
	out["cycles"] = cycles
	print(JSON.stringify(out))
	quit()


func make() -> void:
	scene = Node2D.new()
	stream = DreamStream.new()
	stream.bundle = "testcard"
	stream.daemon = OS.get_environment("DAEMON")
	stream.set("conditions/level", 0.6)
	scene.add_child(stream)
	var sprite := Sprite2D.new()
	scene.add_child(sprite)
	var output := DreamOutput.new()
	output.stream = stream
	sprite.add_child(output)
	var sender := DreamState.new()
	sender.stream = stream
	scene.add_child(sender)
	root.add_child(scene)


## The stream shows more frames; else it is told.
func frames(count: int) -> void:
	var seen := stream.frame_index
	var end := Time.get_ticks_msec() + 20000
	while stream.frame_index < seen + count or stream.frame_index < 0:
		if Time.get_ticks_msec() > end:
			(out["wrong"] as Array).append([stream.state_name, seen, stream.frame_index])
			return
		await process_frame


func paused_game() -> void:
	paused = true
	var seen := stream.frame_index
	for k in 10:
		await process_frame
	if stream.frame_index != seen:
		(out["wrong"] as Array).append("frames in a paused game")
	paused = false
	await frames(2)


func time_scale() -> void:
	for scale: float in [0.0, 10.0, 1.0]:
		Engine.time_scale = scale
		await frames(1)


func minimised() -> void:
	root.mode = Window.MODE_MINIMIZED
	root.propagate_notification(NOTIFICATION_APPLICATION_FOCUS_OUT)
	root.propagate_notification(NOTIFICATION_APPLICATION_PAUSED)
	await frames(2)
	root.mode = Window.MODE_WINDOWED
	root.propagate_notification(NOTIFICATION_APPLICATION_RESUMED)
	root.propagate_notification(NOTIFICATION_APPLICATION_FOCUS_IN)
	await frames(2)


## From within the signal of its own frame, in turns at once and at the end of the frame; somebody awaits a direction meanwhile.
func freed() -> void:
	stream.shown(stream.direct({"level": 0.2}, 5.0))
	var doomed := scene
	var how := stream.frame_index % 2
	stream.frame_ready.connect(func(_index: int, _revision: int) -> void: end_scene(doomed, how == 0), CONNECT_ONE_SHOT)
	while is_instance_valid(doomed) and doomed.is_inside_tree():
		await process_frame
	if is_instance_valid(doomed):
		doomed.free()
	make()
	await frames(2)


func end_scene(doomed: Node, at_once: bool) -> void:
	if at_once:
		root.remove_child(doomed)
	else:
		doomed.queue_free()


func stop_and_start() -> void:
	for k in 2:
		stream.stop()
		stream.start()
	await frames(2)


func reparent() -> void:
	scene.remove_child(stream)
	await process_frame
	scene.add_child(stream)
	await frames(2)


func held() -> Dictionary:
	var objects := await ObjectCount.settled(self)
	var sockets := 0
	var rings := 0
	var links := DirAccess.open("/proc/self/fd")
	var files := links.get_files()
	for file in files:
		sockets += int(links.read_link(file).begins_with("socket:"))
		rings += int(links.read_link(file).contains(".ring"))
	return {
		"objects": objects, "orphans": int(Performance.get_monitor(Performance.OBJECT_ORPHAN_NODE_COUNT)), "files": files.size(), "sockets": sockets,
		"rings": rings, "threads": DirAccess.get_directories_at("/proc/self/task").size(),
	}
