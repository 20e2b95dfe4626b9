extends SceneTree
## Shows the testcard on each kind of surface and writes what is read back from the viewport into OUT, as raw pixels; prints the list as JSON:
## [name, width, height, format]. HDR: with HDR 2D, whose viewport holds linear values.

const SIDE := 512
const GROUND := Color8(20, 40, 60)

var stream := DreamStream.new()
var out := {"shots": []}


func _initialize() -> void:
	root.content_scale_mode = Window.CONTENT_SCALE_MODE_DISABLED
	root.size = Vector2i(SIDE, SIDE)
	root.use_hdr_2d = OS.get_environment("HDR") == "1"
	stream.bundle = "testcard"
	stream.daemon = OS.get_environment("DAEMON")
	stream.set("conditions/level", 0.5)
	root.add_child(stream)
	await stream.frame_ready
	stream.pause()
	while stream.state != DreamStream.State.PAUSED:
		await process_frame
	await process_frame
	out["method"] = RenderingServer.get_current_rendering_method()
	out["adapter"] = RenderingServer.get_video_adapter_name()
	out["level"] = stream.texture.get_image().get_pixel(0, 220).r8
	await flat("canvas", null)
	await flat("canvas, flipped (control)", null, true)
	await deep("3D, dream_surface", surface())
	await deep("3D, unshaded", standard(BaseMaterial3D.SHADING_MODE_UNSHADED))
	await deep("3D, shaded by white ambient light", standard(BaseMaterial3D.SHADING_MODE_PER_PIXEL))
	await deep("3D, emission", emission())
	await deep("3D, read as linear", linear())
	print(JSON.stringify(out))
	quit()


func flat(title: String, material: Material, flipped := false) -> void:
	var ground := ColorRect.new()
	ground.color = GROUND
	ground.size = Vector2(SIDE, SIDE)
	root.add_child(ground)
	var rect := TextureRect.new()
	rect.texture = stream.texture
	rect.texture_filter = CanvasItem.TEXTURE_FILTER_NEAREST
	rect.size = ground.size
	rect.expand_mode = TextureRect.EXPAND_IGNORE_SIZE
	rect.material = material
	rect.flip_v = flipped
	root.add_child(rect)
	await shot(title)
	ground.free()
	rect.free()


func standard(shading: BaseMaterial3D.ShadingMode) -> StandardMaterial3D:
	var made := StandardMaterial3D.new()
	made.shading_mode = shading
	made.albedo_texture = stream.texture
	made.texture_filter = BaseMaterial3D.TEXTURE_FILTER_NEAREST
	made.metallic_specular = 0.0
	made.roughness = 1.0
	return made


func emission() -> StandardMaterial3D:
	var made := standard(BaseMaterial3D.SHADING_MODE_PER_PIXEL)
	made.albedo_texture = null
	made.albedo_color = Color.BLACK
	made.emission_enabled = true
	made.emission_texture = stream.texture
	return made


func surface() -> ShaderMaterial:
	var made := ShaderMaterial.new()
	made.shader = load("res://addons/dreambridge/dream_surface.gdshader")
	made.set_shader_parameter("picture", stream.texture)
	made.set_shader_parameter("nearest", true)
	return made


## The bytes as if they were linear, as a shader gets them without the hint source_color.
func linear() -> ShaderMaterial:
	var made := ShaderMaterial.new()
	made.shader = Shader.new()
	made.shader.code = "shader_type spatial;\nrender_mode unshaded;\nuniform sampler2D picture : filter_nearest;\nvoid fragment() { ALBEDO = texture(picture, UV).rgb; }\n"
	made.set_shader_parameter("picture", stream.texture)
	return made


func deep(title: String, material: Material) -> void:
	var scene := Node3D.new()
	var camera := Camera3D.new()
	camera.projection = Camera3D.PROJECTION_ORTHOGONAL
	camera.size = 2.0
	camera.position = Vector3(0, 0, 2)
	var around := Environment.new()
	around.background_mode = Environment.BG_COLOR
	around.background_color = Color.BLACK
	around.ambient_light_source = Environment.AMBIENT_SOURCE_COLOR
	around.ambient_light_color = Color.WHITE
	around.ambient_light_energy = 1.0
	around.tonemap_mode = Environment.TONE_MAPPER_LINEAR
	camera.environment = around
	scene.add_child(camera)
	var mesh := QuadMesh.new()
	mesh.size = Vector2(2, 2)
	mesh.material = material
	var instance := MeshInstance3D.new()
	instance.mesh = mesh
	scene.add_child(instance)
	root.add_child(scene)
	await shot(title)
	scene.free()


func shot(title: String) -> void:
	for k in 3:
		await RenderingServer.frame_post_draw
	var image := root.get_texture().get_image()
	var path := OS.get_environment("OUT").path_join("%d.raw" % (out["shots"] as Array).size())
	FileAccess.open(path, FileAccess.WRITE).store_buffer(image.get_data())
	(out["shots"] as Array).append([title, path, image.get_width(), image.get_height(), image.get_format()])
