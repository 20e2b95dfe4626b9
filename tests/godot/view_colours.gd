extends SceneTree
## A scene of known colours, normals and motion through a DreamView and the testcard's step_view, in 3D and then in 2D; saves the
## painted frames.

const Painting := preload("res://painting.gd")

var stream := DreamStream.new()
var view: DreamView


func _initialize() -> void:
	root.content_scale_mode = Window.CONTENT_SCALE_MODE_DISABLED
	stream.bundle = "testcard"
	stream.daemon = OS.get_environment("DAEMON")
	stream.fps = 30.0
	root.add_child(stream)
	await deep()
	await flat()
	quit()


func deep() -> void:
	var scene := Node3D.new()
	var camera := Camera3D.new()
	camera.position = Vector3(0, 1, 0)
	camera.fov = 90.0
	scene.add_child(camera)
	root.add_child(scene)
	current_scene = scene
	box(scene, "wall", Vector3(-4, 1, -10), Vector3(4, 4, 2), Color8(200, 40, 90))
	box(scene, "", Vector3(4, 0.5, -8), Vector3(3, 3, 3), Color8(20, 90, 220)).rotation.y = PI / 4
	box(scene, "none", Vector3(0, 4, -5), Vector3.ONE, Color.WHITE)
	seen_through(scene)
	var floor_ := box(scene, "ground", Vector3(0, -1, -50), Vector3(200, 2, 100), Color8(128, 128, 128))
	var image := Image.create(2, 2, false, Image.FORMAT_RGBA8)
	image.fill(Color8(180, 200, 60))
	(floor_.material_override as StandardMaterial3D).albedo_texture = ImageTexture.create_from_image(image)
	var figure := box(scene, "figure", Vector3(0, 0.9, -6), Vector3(1, 1.8, 1), Color8(255, 3, 128))
	var hidden := box(scene, "roof", Vector3(-5, 6, -9), Vector3(3, 3, 1), Color8(90, 60, 30))
	hidden.visible = false
	await attach(scene)
	# One picture before, and one after all has moved.
	await one()
	camera.position.x += 0.1
	figure.position.x += 0.5
	# It moved while it was hidden: that is no motion.
	hidden.position.x = 5.0
	hidden.visible = true
	await one()
	shot("deep")
	view.queue_free()
	scene.queue_free()
	await process_frame
	await process_frame


## Things without a label in front of the wall that must not hide it.
func seen_through(scene: Node) -> void:
	var glass := box(scene, "", Vector3(-3.5, 1, -8), Vector3(1, 1, 0.1), Color(1, 1, 1, 0.2)).material_override as StandardMaterial3D
	glass.transparency = BaseMaterial3D.TRANSPARENCY_ALPHA
	var glow := box(scene, "", Vector3(-4.8, 1, -8), Vector3(0.5, 0.5, 0.1), Color8(250, 250, 10)).material_override as StandardMaterial3D
	glow.blend_mode = BaseMaterial3D.BLEND_MODE_ADD
	var caster := box(scene, "", Vector3(-3.5, 2, -8), Vector3(1, 0.5, 0.1), Color8(10, 250, 250))
	caster.cast_shadow = GeometryInstance3D.SHADOW_CASTING_SETTING_SHADOWS_ONLY
	# Two surfaces: an opaque one beside the glass must not bring the glass back.
	var mixed := MeshInstance3D.new()
	var mesh := ArrayMesh.new()
	for part: Array in [[Vector3(-3.5, 0.2, -8), glass], [Vector3(-2.6, 0.2, -8), null]]:
		var quad := QuadMesh.new()
		quad.size = Vector2(0.5, 0.5)
		quad.center_offset = part[0]
		mesh.add_surface_from_arrays(Mesh.PRIMITIVE_TRIANGLES, quad.get_mesh_arrays())
		var opaque := StandardMaterial3D.new()
		opaque.albedo_color = Color8(30, 140, 60)
		mesh.surface_set_material(mesh.get_surface_count() - 1, part[1] as Material if part[1] else opaque as Material)
	mixed.mesh = mesh
	scene.add_child(mixed)
	var text := Label3D.new()
	text.text = "####"
	text.font_size = 64
	text.position = Vector3(-3.5, 1.6, -7.9)
	scene.add_child(text)
	var sparks := CPUParticles3D.new()
	var spark := QuadMesh.new()
	spark.size = Vector2(0.6, 0.6)
	sparks.mesh = spark
	sparks.gravity = Vector3.ZERO
	sparks.preprocess = 1.0
	sparks.position = Vector3(-4.8, 2, -8)
	scene.add_child(sparks)


func flat() -> void:
	var scene := Node2D.new()
	root.add_child(scene)
	current_scene = scene
	for row: Array in [["wall", 20, 30, 60, 80, Color8(200, 40, 90)], ["", 100, 50, 70, 40, Color8(20, 90, 220)], ["none", 200, 20, 30, 30, Color8(9, 9, 9)], ["ground", 0, 200, 256, 56, Color8(180, 200, 60)]]:
		var part := Polygon2D.new()
		var at := Rect2(row[1] as float, row[2] as float, row[3] as float, row[4] as float)
		part.polygon = PackedVector2Array([at.position, Vector2(at.end.x, at.position.y), at.end, Vector2(at.position.x, at.end.y)])
		part.color = row[5]
		if row[0]:
			part.set_meta("dream_label", row[0])
		scene.add_child(part)
	var night := CanvasModulate.new()
	night.color = Color(0.5, 0.75, 1.0)
	scene.add_child(night)
	await attach(scene)
	await one()
	await one()
	shot("flat")


func attach(scene: Node) -> void:
	view = DreamView.new()
	view.stream = stream
	view.far = 50.0
	view.own_colours = true
	view.world = scene
	root.add_child(view)
	await view.attached
	await view.sent
	view.set_process(false)
	for i in 8:
		await process_frame


func one() -> void:
	view._capture()
	await view.sent
	while stream.frame_view < view.number:
		await process_frame
	for i in 4:
		await process_frame


func shot(title: String) -> void:
	stream.texture.get_image().save_png(OS.get_environment("OUT").path_join(title + ".png"))
	view.texture.get_image().save_png(OS.get_environment("OUT").path_join(title + "_sent.png"))
	print(JSON.stringify({"layers": view._view.info["layers"], "update": view.update_ms, "read": view.read_ms}))


func box(scene: Node, label: String, at: Vector3, size: Vector3, colour: Color) -> MeshInstance3D:
	var instance := MeshInstance3D.new()
	var mesh := BoxMesh.new()
	mesh.size = size
	instance.mesh = mesh
	instance.position = at
	var material := StandardMaterial3D.new()
	material.albedo_color = colour
	instance.material_override = material
	if label:
		instance.set_meta("dream_label", label)
	scene.add_child(instance)
	return instance
