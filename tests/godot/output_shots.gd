extends SceneTree
## A DreamOutput on a real screen: between frames, from stream to stream, with a film, in 3D, with mipmaps, and as the sky. Prints one JSON
## object; saves what is seen in OUT. film.ogv is half a second of red and of green: ffmpeg -f lavfi -i color=red:s=64x64:d=0.5:r=12 and so on.

const SIDE := 256

var got := {}
var flat := TextureRect.new()


func _initialize() -> void:
	root.content_scale_mode = Window.CONTENT_SCALE_MODE_DISABLED
	root.size = Vector2i(SIDE, SIDE)
	flat.size = Vector2(SIDE, SIDE)
	flat.expand_mode = TextureRect.EXPAND_IGNORE_SIZE
	root.add_child(flat)
	await process_frame
	await smooth()
	await fades()
	await film()
	await mipmaps()
	flat.queue_free()
	await surface()
	await sky()
	print(JSON.stringify(got))
	quit()


func open(level: float, fps := 0.0, daemon := "") -> DreamStream:
	var stream := DreamStream.new()
	stream.bundle = "testcard"
	stream.daemon = daemon if daemon else OS.get_environment("DAEMON")
	stream.fps = fps
	stream.set("conditions/level", level)
	root.add_child(stream)
	return stream


## The band that shows the level, on the screen.
func seen() -> int:
	await RenderingServer.frame_post_draw
	return root.get_texture().get_image().get_pixel(SIDE >> 1, 220).r8


func shot(title: String) -> void:
	await RenderingServer.frame_post_draw
	root.get_texture().get_image().save_png(OS.get_environment("OUT").path_join(title + ".png"))


func until_seen(level: int) -> Array[int]:
	var levels: Array[int] = []
	var end := Time.get_ticks_msec() + 15000
	while Time.get_ticks_msec() < end and (levels.is_empty() or absi(levels[-1] - level) > 1):
		levels.append(await seen())
	return levels


func between(levels: Array[int]) -> int:
	return levels.filter(func(level: int) -> bool: return level > 15 and level < 240).size()


## A stream of two frames a second.
func smooth() -> void:
	var stream := open(0.0, 2.0)
	var output := DreamOutput.new()
	got["warnings"] = output._get_configuration_warnings().size()
	output.stream = stream
	var had := CanvasItemMaterial.new()
	flat.material = had
	flat.add_child(output)
	for k in 3:
		await stream.frame_ready
	await until_seen(0)
	# A machine that is busy just then draws too rarely between two frames, or gets the next one too late.
	for k in 5:
		stream.direct({"level": 1.0}, 0.0)
		var levels := await until_seen(255)
		got["smooth"] = between(levels)
		got["rising"] = range(1, levels.size()).all(func(i: int) -> bool: return levels[i] >= levels[i - 1] - 1)
		got["added_ms"] = output.added_ms
		if got["smooth"] >= 2:
			break
		stream.direct({"level": 0.0}, 0.0)
		await until_seen(0)
	output.smooth = false
	stream.direct({"level": 0.0}, 0.0)
	got["hard"] = between(await until_seen(0))
	got["added_off"] = output.added_ms
	output.free()
	got["restored"] = flat.material == had
	flat.material = null
	await process_frame
	stream.free()


func fades() -> void:
	var first := open(0.0)
	var second := open(1.0)
	var output := DreamOutput.new()
	output.stream = first
	flat.add_child(output)
	await first.frame_ready
	await until_seen(0)
	var done := []
	var run := func() -> void: done.append(await output.fade_to(second, 1.0))
	run.call()
	var levels := await until_seen(255)
	await shot("faded")
	for k in 60:
		if done.is_empty():
			await process_frame
	got["fade"] = [between(levels) > 1, done, output.stream == second, await seen()]
	first.direct({"level": 0.5}, 0.0)
	await first.frame_ready
	await first.frame_ready
	got["fade_stays"] = await seen()
	await process_frame
	output.free()
	first.free()
	second.free()


func film() -> void:
	var stream := open(0.0, 0.0, "nobody")
	var output := DreamOutput.new()
	output.stream = stream
	var made := VideoStreamTheora.new()
	made.file = "res://film.ogv"
	output.film = made
	flat.add_child(output)
	var end := Time.get_ticks_msec() + 15000
	var colours := {}
	while Time.get_ticks_msec() < end and colours.size() < 2:
		await RenderingServer.frame_post_draw
		var colour := root.get_texture().get_image().get_pixel(SIDE >> 1, SIDE >> 1)
		if output.is_film_shown and (colour.r > 0.8 or colour.g > 0.8) and colour.b < 0.2:
			colours["red" if colour.r > colour.g else "green"] = true
	await shot("film")
	var shown := output.is_film_shown
	stream.stop()
	stream.daemon = OS.get_environment("DAEMON")
	stream.set("conditions/level", 0.6)
	stream.start()
	got["film"] = [colours.keys().size(), shown, (await until_seen(153))[-1], output.is_film_shown]
	output.free()
	await process_frame
	stream.free()


func mipmaps() -> void:
	var stream := open(0.6)
	stream.texture = DreamTexture.new()
	stream.texture.mipmaps = true
	await stream.frame_ready
	await stream.frame_ready
	got["mipmaps"] = [stream.texture.get_image().has_mipmaps()]
	stream.texture.mipmaps = false
	await stream.frame_ready
	await stream.frame_ready
	got["mipmaps"].append(stream.texture.get_image().has_mipmaps())
	await process_frame
	stream.free()


func scene(world: Environment) -> Camera3D:
	var camera := Camera3D.new()
	camera.projection = Camera3D.PROJECTION_ORTHOGONAL
	camera.size = 2.0
	camera.position = Vector3(0, 0, 2)
	world.tonemap_mode = Environment.TONE_MAPPER_LINEAR
	camera.environment = world
	root.add_child(camera)
	return camera


func surface() -> void:
	var stream := open(0.6)
	var camera := scene(Environment.new())
	var quad := MeshInstance3D.new()
	quad.mesh = QuadMesh.new()
	(quad.mesh as QuadMesh).size = Vector2(2, 2)
	root.add_child(quad)
	var output := DreamOutput.new()
	output.stream = stream
	quad.add_child(output)
	await stream.frame_ready
	await until_seen(153)
	await shot("surface")
	got["surface"] = await seen()
	quad.free()
	camera.free()
	await process_frame
	stream.free()


func sky() -> void:
	var stream := open(0.6)
	var around := Environment.new()
	around.background_mode = Environment.BG_SKY
	around.sky = Sky.new()
	around.sky.process_mode = Sky.PROCESS_MODE_REALTIME
	around.sky.radiance_size = Sky.RADIANCE_SIZE_256
	var material := ShaderMaterial.new()
	material.shader = load("res://addons/dreambridge/dream_sky.gdshader")
	material.set_shader_parameter("horizon", 220.0 / 256)
	around.sky.sky_material = material
	var camera := scene(around)
	camera.projection = Camera3D.PROJECTION_PERSPECTIVE
	camera.fov = 60
	await stream.frame_ready
	material.set_shader_parameter("picture", stream.texture)
	var levels: Array[int] = []
	for turn: float in [0.0, 60.0, 119.0, 180.0]:
		camera.rotation_degrees.y = turn
		for k in 4:
			await RenderingServer.frame_post_draw
		levels.append(root.get_texture().get_image().get_pixel(SIDE >> 1, SIDE >> 1).r8)
	camera.rotation_degrees = Vector3(15, 40, 0)
	for k in 4:
		await RenderingServer.frame_post_draw
	await shot("sky")
	got["sky"] = levels
	camera.free()
	await process_frame
	stream.free()
