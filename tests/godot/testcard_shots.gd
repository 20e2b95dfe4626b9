extends SceneTree
## Shows the testcard in 2D and on a 3D quad and saves screenshots; prints the frame that the reader took as JSON.

const SIDE := 512


func _initialize() -> void:
	root.content_scale_mode = Window.CONTENT_SCALE_MODE_DISABLED
	root.size = Vector2i(SIDE, SIDE)
	var stream := DreamStream.new()
	stream.bundle = "testcard"
	stream.daemon = OS.get_environment("DAEMON")
	stream.conditions = {"level": 0.4}
	root.add_child(stream)
	await stream.frame_ready
	stream.direct({"level": 0.8})
	await stream.shown(stream.direct({"level": 0.6}))
	stream.pause()
	while stream.state != DreamStream.State.PAUSED:
		await process_frame
	await process_frame
	var figures := {"index": stream.frame_index, "revision": stream.frame_revision, "method": RenderingServer.get_current_rendering_method()}
	stream.texture.get_image().save_png(path("texture"))
	var flat := TextureRect.new()
	flat.texture = stream.texture
	flat.texture_filter = CanvasItem.TEXTURE_FILTER_NEAREST
	flat.size = Vector2(SIDE, SIDE)
	flat.expand_mode = TextureRect.EXPAND_IGNORE_SIZE
	var ground := ColorRect.new()
	ground.color = Color8(20, 40, 60)
	ground.size = flat.size
	root.add_child(ground)
	root.add_child(flat)
	await shot("2d")
	flat.queue_free()
	ground.queue_free()
	root.add_child(quad(stream.texture))
	await shot("3d")
	print(JSON.stringify(figures))
	quit()


func quad(texture: Texture2D) -> Node3D:
	var scene := Node3D.new()
	var camera := Camera3D.new()
	camera.projection = Camera3D.PROJECTION_ORTHOGONAL
	camera.size = 2.0
	camera.position = Vector3(0, 0, 2)
	var around := Environment.new()
	around.background_mode = Environment.BG_COLOR
	around.background_color = Color.BLACK
	around.tonemap_mode = Environment.TONE_MAPPER_LINEAR
	camera.environment = around
	scene.add_child(camera)
	var material := ShaderMaterial.new()
	material.shader = load("res://addons/dreambridge/dream_surface.gdshader")
	material.set_shader_parameter("picture", texture)
	material.set_shader_parameter("nearest", true)
	var mesh := QuadMesh.new()
	mesh.size = Vector2(2, 2)
	mesh.material = material
	var instance := MeshInstance3D.new()
	instance.mesh = mesh
	scene.add_child(instance)
	return scene


func path(title: String) -> String:
	return OS.get_environment("OUT").path_join(title + ".png")


func shot(title: String) -> void:
	for i in 3:
		await RenderingServer.frame_post_draw
	root.get_texture().get_image().save_png(path(title))
