extends SceneTree
## A 3D scene of known shapes through a DreamView and the testcard's step_view; saves the painted frame and prints what it saw.

var out := {}


func _initialize() -> void:
	var stream := DreamStream.new()
	stream.bundle = "testcard"
	stream.daemon = OS.get_environment("DAEMON")
	stream.fps = 30.0
	var scene := Node3D.new()
	scene.name = "World"
	var camera := Camera3D.new()
	camera.position = Vector3(0, 1, 0)
	camera.fov = 90.0
	scene.add_child(camera)
	root.add_child(stream)
	root.add_child(scene)
	current_scene = scene
	box(scene, "wall", Vector3(-4, 1, -10), Vector3(4, 4, 2))
	box(scene, "no_such_roof/roof", Vector3(3, 3, -20.5), Vector3(8, 4, 1))
	box(scene, "ground", Vector3(0, -1, -50), Vector3(200, 2, 100))
	var figure := box(scene, "", Vector3(2, 0.9, -6), Vector3(1, 1.8, 1))
	figure.add_to_group("dream_figure")
	box(scene, "", Vector3(0, 3, -4), Vector3(1, 1, 1))
	box(scene, "no_such_label", Vector3(0, 6, -4), Vector3(1, 1, 1))
	box(scene, "none", Vector3(0, 5, -4), Vector3(1, 1, 1))
	var view := DreamView.new()
	view.stream = stream
	view.far = 50.0
	view.immediate = OS.get_environment("IMMEDIATE") == "1"
	root.add_child(view)
	await view.attached
	await view.sent
	while stream.frame_view == 0:
		await process_frame
	# a box that comes later, and one that goes
	var late := box(scene, "window", Vector3(-1, 4, -8), Vector3(1, 1, 1))
	await process_frame
	var goal := view.number + 3
	while stream.frame_view < goal:
		await process_frame
	shot(stream, "late")
	late.queue_free()
	figure.position.x += 1.0
	goal = view.number + 3
	while stream.frame_view < goal:
		await process_frame
	shot(stream, "moved")
	view.texture.get_image().save_png(OS.get_environment("OUT").path_join("sent.png"))
	var rows: Array[Array] = []
	for i in 40:
		await view.sent
		rows.append([view.update_ms, view.read_ms, view.write_ms, view.travel_ms, view.latency_ms])
	out["figures"] = rows
	out["method"] = RenderingServer.get_current_rendering_method()
	out["asynchronous"] = view._readback.asynchronous
	view.enabled = false
	while stream.frame_view > 0:
		await process_frame
	out["detached"] = stream.frame_view == 0 and view.number > 0
	print(JSON.stringify(out))
	quit()


func box(scene: Node, label: String, at: Vector3, size: Vector3) -> MeshInstance3D:
	var instance := MeshInstance3D.new()
	var mesh := BoxMesh.new()
	mesh.size = size
	instance.mesh = mesh
	instance.position = at
	if label:
		instance.set_meta("dream_label", label)
	scene.add_child(instance)
	return instance


func shot(stream: DreamStream, title: String) -> void:
	stream.texture.get_image().save_png(OS.get_environment("OUT").path_join(title + ".png"))
