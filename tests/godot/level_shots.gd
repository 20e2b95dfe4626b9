extends SceneTree
## Plays the demo's 3D level: grey-box, painted, a walk, the key that toggles; saves screenshots and prints figures as JSON.

var out := {}
var scene: Node
var stream: DreamStream
var view: DreamView


func _initialize() -> void:
	scene = (load("res://demo/level3d.tscn") as PackedScene).instantiate()
	root.add_child(scene)
	current_scene = scene
	stream = scene.get_node("DreamStream")
	view = scene.get_node("DreamView")
	var errors: Array[String] = []
	view.failed.connect(func(code: String, message: String, _hint: String) -> void: errors.append("%s|%s" % [code, message]))
	await stream.frame_ready
	var until := Time.get_ticks_msec() + 15000
	while stream.frame_view == 0 and errors.is_empty() and Time.get_ticks_msec() < until:
		await process_frame
	out["errors"] = errors
	await shot("painted")
	save("sent")
	key(KEY_P)
	await process_frame
	await shot("grey")
	out["toggled"] = not (scene.get_node("Hud/Painting") as Control).visible
	key(KEY_P)
	var walker: Node3D = scene.get_node("Walker")
	var from := walker.position
	press(KEY_UP, true)
	await create_timer(2.5).timeout
	press(KEY_UP, false)
	out["walked"] = from.distance_to(walker.position)
	press(KEY_LEFT, true)
	await create_timer(0.4).timeout
	press(KEY_LEFT, false)
	var stopped := Time.get_ticks_usec() / 1e6
	while stream._session.reader.view_time < stopped and errors.is_empty():
		await process_frame
	await shot("walked")
	save("sent_walked")
	out["count"] = view._scene.call("count") if view._scene else 0
	out["latency_ms"] = view.latency_ms
	out["view"] = stream.frame_view
	# The station, in its own colours.
	key(KEY_K)
	await view.attached
	await view.sent
	var wanted := view.number + 1
	while stream.frame_view < wanted and errors.is_empty():
		await process_frame
	save("sent_station")
	out["own"] = view._view.info["layers"]
	out["station"] = view._scene.call("count")
	out["method"] = RenderingServer.get_current_rendering_method()
	print(JSON.stringify(out))
	scene.queue_free()
	await process_frame
	quit()


func key(code: Key) -> void:
	press(code, true)
	press(code, false)


func press(code: Key, pressed: bool) -> void:
	var event := InputEventKey.new()
	event.physical_keycode = code
	event.keycode = code
	event.pressed = pressed
	Input.parse_input_event(event)


func save(title: String) -> void:
	if view.texture:
		view.texture.get_image().save_png(OS.get_environment("OUT").path_join(title + ".png"))


func shot(title: String) -> void:
	await RenderingServer.frame_post_draw
	root.get_texture().get_image().save_png(OS.get_environment("OUT").path_join(title + ".png"))
