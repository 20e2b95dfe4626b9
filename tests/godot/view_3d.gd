extends SceneTree
## A 3D scene of known shapes through a DreamView and the testcard's step_view; saves the painted frame and prints what it saw.

const Painting := preload("res://painting.gd")

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
	var built := CSGCombiner3D.new()
	built.set_meta("dream_label", "wall")
	for half in 2:
		var part := CSGBox3D.new()
		part.size = Vector3(2, 4, 2)
		part.position = Vector3(-5 + 2 * half, 1, -10)
		built.add_child(part)
	scene.add_child(built)
	var many := MultiMeshInstance3D.new()
	many.multimesh = MultiMesh.new()
	many.multimesh.transform_format = MultiMesh.TRANSFORM_3D
	many.multimesh.mesh = cuboid(Vector3(4, 4, 1))
	many.multimesh.instance_count = 2
	for half in 2:
		many.multimesh.set_instance_transform(half, Transform3D(Basis.IDENTITY, Vector3(1 + 4 * half, 3, -20.5)))
	many.set_meta("dream_label", "no_such_roof/roof")
	scene.add_child(many)
	var grid := GridMap.new()
	grid.cell_size = Vector3(100, 2, 100)
	grid.mesh_library = MeshLibrary.new()
	grid.mesh_library.create_item(0)
	grid.mesh_library.set_item_mesh(0, cuboid(Vector3(100, 2, 100)))
	grid.position = Vector3(0, -2, -100)
	grid.set_cell_item(Vector3i(-1, 0, 0), 0)
	grid.set_cell_item(Vector3i(0, 0, 0), 0)
	grid.set_meta("dream_label", "ground")
	scene.add_child(grid)
	# the left halves of these are cut out
	var leaf := box(scene, "plant", Vector3(-2, 0.4, -5), Vector3.ONE)
	leaf.mesh = QuadMesh.new()
	(leaf.mesh as QuadMesh).size = Vector2(2, 1)
	var cut := StandardMaterial3D.new()
	cut.transparency = BaseMaterial3D.TRANSPARENCY_ALPHA_SCISSOR
	cut.albedo_texture = right_half()
	leaf.material_override = cut
	var sprite := Sprite3D.new()
	sprite.texture = right_half()
	sprite.pixel_size = 1.0 / 32.0
	sprite.position = Vector3(0, 0.2, -3)
	sprite.billboard = BaseMaterial3D.BILLBOARD_FIXED_Y
	sprite.set_meta("dream_label", "water")
	scene.add_child(sprite)
	# a house of one mesh, whose second surface is a window by its material
	var house := box(scene, "wall", Vector3(7, 1, -12), Vector3.ONE)
	var surfaces := ArrayMesh.new()
	for half in 2:
		var arrays := cuboid(Vector3(1, 2, 1)).get_mesh_arrays()
		var points: PackedVector3Array = arrays[Mesh.ARRAY_VERTEX]
		for k in points.size():
			points[k].x += half
		arrays[Mesh.ARRAY_VERTEX] = points
		surfaces.add_surface_from_arrays(Mesh.PRIMITIVE_TRIANGLES, arrays)
	var glass := StandardMaterial3D.new()
	glass.set_meta("dream_label", "window")
	surfaces.surface_set_material(1, glass)
	house.mesh = surfaces
	# skin on a bone, which carries it to where it is seen
	var skeleton := Skeleton3D.new()
	skeleton.add_bone("root")
	scene.add_child(skeleton)
	var skinned := box(skeleton, "mid_land", Vector3.ZERO, Vector3.ONE)
	var limb := cuboid(Vector3(2, 1, 1)).get_mesh_arrays()
	var bones := PackedInt32Array()
	var weights := PackedFloat32Array()
	for k in (limb[Mesh.ARRAY_VERTEX] as PackedVector3Array).size():
		bones.append_array([0, 0, 0, 0])
		weights.append_array([1, 0, 0, 0])
	limb[Mesh.ARRAY_BONES] = bones
	limb[Mesh.ARRAY_WEIGHTS] = weights
	var skin_mesh := ArrayMesh.new()
	skin_mesh.add_surface_from_arrays(Mesh.PRIMITIVE_TRIANGLES, limb)
	skinned.mesh = skin_mesh
	skinned.skin = skeleton.create_skin_from_rest_transforms()
	skinned.skeleton = skinned.get_path_to(skeleton)
	skeleton.set_bone_pose_position(0, Vector3(-6, 4.5, -9))
	var figure := box(scene, "", Vector3(2, 0.9, -6), Vector3(1, 1.8, 1))
	figure.add_to_group("dream_figure")
	box(scene, "", Vector3(0, 3, -4), Vector3(1, 1, 1))
	box(scene, "no_such_label", Vector3(0, 6, -4), Vector3(1, 1, 1))
	box(scene, "none", Vector3(0, 5, -4), Vector3(1, 1, 1))
	var view := DreamView.new()
	view.stream = stream
	view.far = 50.0
	view.read_back = int(OS.get_environment("READ_BACK"))
	root.add_child(view)
	await view.attached
	await view.sent
	while stream.frame_view == 0:
		await process_frame
	# a box that comes later, and one that goes
	var late := box(scene, "window", Vector3(-1, 4, -8), Vector3(1, 1, 1))
	await Painting.of_now(self, stream)
	shot(stream, "late")
	late.queue_free()
	figure.position.x += 1.0
	await Painting.of_now(self, stream)
	shot(stream, "moved")
	view.texture.get_image().save_png(OS.get_environment("OUT").path_join("sent.png"))
	var rows: Array[Array] = []
	for i in 40:
		await view.sent
		rows.append([view.update_ms, view.read_ms, view.write_ms, view.travel_ms, view.latency_ms])
	out["figures"] = rows
	# One that is waited for overtakes the one before, which then is not given.
	view.set_process(false)
	for i in 8:
		await process_frame
	var given: Array[float] = []
	view.sent.connect(func(_number: int) -> void: given.append(view._given))
	for i in 10:
		for way: int in [1, 2]:
			view.read_back = way
			view._capture()
			await process_frame
		for k in 8:
			await process_frame
	out["given"] = given
	view.set_process(true)
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
	instance.mesh = cuboid(size)
	instance.position = at
	if label:
		instance.set_meta("dream_label", label)
	scene.add_child(instance)
	return instance


func cuboid(size: Vector3) -> BoxMesh:
	var mesh := BoxMesh.new()
	mesh.size = size
	return mesh


func right_half() -> Texture2D:
	var image := Image.create(32, 32, false, Image.FORMAT_RGBA8)
	image.fill_rect(Rect2i(16, 0, 16, 32), Color.WHITE)
	return ImageTexture.create_from_image(image)


func shot(stream: DreamStream, title: String) -> void:
	stream.texture.get_image().save_png(OS.get_environment("OUT").path_join(title + ".png"))
