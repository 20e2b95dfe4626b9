extends SceneTree
## How long the first picture of a scene takes, in ms: "first" of a game that opens one scene, and "after" CHANGES changes of the scene in SECONDS,
## each before its picture could come. ROUNDS of both in turns. KEEPS: the control, in which the streams that were left stay open.

var packed := PackedScene.new()
var out := {"cold": [], "first": [], "after": [], "seen_before": 0}
var kept: Array[Node] = []


func _initialize() -> void:
	var top := Node.new()
	var stream := DreamStream.new()
	stream.name = "DreamStream"
	stream.bundle = OS.get_environment("BUNDLE")
	stream.daemon = OS.get_environment("DAEMON")
	top.add_child(stream)
	stream.owner = top
	packed.pack(top)
	top.free()
	await first("cold")  # the daemon reads the files, and tries how many threads are best
	for k in OS.get_environment("ROUNDS").to_int():
		await first("first")
		await after_changes()
	print(JSON.stringify(out))
	quit()


func first(title: String) -> void:
	var begun := Time.get_ticks_msec()
	change_scene_to_packed(packed)
	await picture(begun, title)
	await leave()


func after_changes() -> void:
	var changes := OS.get_environment("CHANGES").to_int()
	var pause := OS.get_environment("SECONDS").to_float() / changes
	for k in changes:
		change_scene_to_packed(packed)
		await create_timer(pause).timeout
		out["seen_before"] += int(shown() != null and shown().frame_index >= 0)
		if OS.has_environment("KEEPS"):
			kept.append(current_scene)
			root.remove_child(current_scene)
			var left: DreamStream = kept[-1].get_node("DreamStream")
			root.add_child(kept[-1])
			left.start()
	var begun := Time.get_ticks_msec()
	change_scene_to_packed(packed)
	await picture(begun, "after")
	for node in kept:
		node.queue_free()
	kept.clear()
	await leave()


func picture(begun: int, title: String) -> void:
	var until := begun + 240_000
	while (shown() == null or shown().frame_index < 0) and Time.get_ticks_msec() < until:
		await process_frame
	(out[title] as Array).append(Time.get_ticks_msec() - begun)


## The stream of the scene that is shown now; null while it changes.
func shown() -> DreamStream:
	return current_scene.get_node("DreamStream") if current_scene else null


## No stream, and a daemon that has noticed it.
func leave() -> void:
	current_scene.queue_free()
	await create_timer(1.0).timeout
