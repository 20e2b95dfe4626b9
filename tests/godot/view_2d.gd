extends SceneTree
## A 2D scene of known shapes, seen through a camera, lights and a tint, sent by a DreamView; saves what the screen shows and
## what is painted, and prints how the nodes are left.

const Painting := preload("res://painting.gd")

var out := {}


func _initialize() -> void:
	root.content_scale_mode = Window.CONTENT_SCALE_MODE_DISABLED
	root.size = Vector2i(512, 512)
	var stream := DreamStream.new()
	stream.bundle = "testcard"
	stream.daemon = OS.get_environment("DAEMON")
	stream.fps = 30.0
	root.add_child(stream)
	var scene := Node2D.new()
	root.add_child(scene)
	current_scene = scene
	var camera := Camera2D.new()
	camera.position = Vector2(100, 50)
	camera.zoom = Vector2(2, 2)
	scene.add_child(camera)
	# the world seen is 256 x 256 around (100, 50): from (-28, -78) on
	var hill := polygon(scene, "far_land", Rect2(-28, 20, 256, 158), Color.DIM_GRAY)
	polygon(hill, "", Rect2(60, 40, 40, 40), Color.BLACK)
	polygon(scene, "wall", Rect2(0, 0, 30, 60), Color.RED)
	var figure := Sprite2D.new()
	figure.texture = disc()
	figure.position = Vector2(120, 60)
	figure.add_to_group("dream_figure")
	var unlit := CanvasItemMaterial.new()
	unlit.light_mode = CanvasItemMaterial.LIGHT_MODE_UNSHADED
	figure.material = unlit
	scene.add_child(figure)
	var drawn := Drawn.new()
	drawn.set_meta("dream_label", "water")
	drawn.position = Vector2(40, -40)
	scene.add_child(drawn)
	polygon(scene, "", Rect2(150, -60, 40, 40), Color.WHITE)
	var own := polygon(scene, "roof", Rect2(-20, -70, 30, 20), Color.WHITE)
	own.material = shader("#include \"res://addons/dreambridge/view/label_2d.gdshaderinc\"\nvoid vertex() { DREAM_VERTEX(CANVAS_MATRIX) }\nvoid fragment() { COLOR = vec4(0.2, 0.9, 0.4, 1.0); DREAM_FRAGMENT(COLOR) }\n")
	var lone := polygon(scene, "window", Rect2(160, 120, 30, 20), Color.WHITE)
	lone.material = shader("void fragment() { COLOR = vec4(0.9, 0.2, 0.4, 1.0); }\n")
	var glow := polygon(scene, "none", Rect2(90, -20, 60, 20), Color.DARK_RED)
	glow.material = CanvasItemMaterial.new()
	(glow.material as CanvasItemMaterial).blend_mode = CanvasItemMaterial.BLEND_MODE_ADD
	var night := CanvasModulate.new()
	night.color = Color(0.3, 0.4, 0.75)
	scene.add_child(night)
	var lamp := PointLight2D.new()
	lamp.texture = disc()
	lamp.texture_scale = 3.0
	lamp.energy = 2.0
	lamp.color = Color(1, 0.7, 0.3)
	lamp.position = Vector2(60, 40)
	scene.add_child(lamp)
	var layer := CanvasLayer.new()
	var hud := polygon(layer, "plant", Rect2(0, 0, 60, 60), Color.GREEN)
	scene.add_child(layer)
	await drawn_frames(4)
	shot("before")
	var view := DreamView.new()
	view.stream = stream
	view.read_back = int(OS.get_environment("READ_BACK"))
	root.add_child(view)
	await Painting.of_now(self, stream)
	shot("during")
	save(stream, "painted")
	figure.position.x -= 40
	camera.position.x += 16
	night.color = Color(0.05, 0.06, 0.1)
	hud.position.x = 30
	await Painting.of_now(self, stream)
	save(stream, "moved")
	figure.position.x += 40
	camera.position.x -= 16
	night.color = Color(0.3, 0.4, 0.75)
	hud.position.x = 0
	var rows: Array[Array] = []
	for i in 40:
		await view.sent
		rows.append([view.update_ms, view.read_ms, view.write_ms, view.travel_ms, view.latency_ms])
	out["figures"] = rows
	out["method"] = RenderingServer.get_current_rendering_method()
	view.enabled = false
	await drawn_frames(4)
	shot("after")
	out["restored"] = hill.material == null and figure.material == unlit and hill.visibility_layer == 1 and drawn.visibility_layer == 1
	print(JSON.stringify(out))
	quit()


class Drawn:
	extends Node2D

	func _draw() -> void:
		draw_rect(Rect2(0, 0, 50, 20), Color(0.5, 0.5, 1.0))
		draw_circle(Vector2(25, 40), 15, Color(0.5, 0.5, 1.0, 0.8))


func polygon(parent: Node, label: String, rect: Rect2, colour: Color) -> Polygon2D:
	var p := Polygon2D.new()
	p.polygon = PackedVector2Array([rect.position, Vector2(rect.end.x, rect.position.y), rect.end, Vector2(rect.position.x, rect.end.y)])
	p.color = colour
	if label:
		p.set_meta("dream_label", label)
	parent.add_child(p)
	return p


func disc() -> Texture2D:
	var image := Image.create(32, 32, false, Image.FORMAT_RGBA8)
	for y in 32:
		for x in 32:
			if Vector2(x - 15.5, y - 15.5).length() < 14.0:
				image.set_pixel(x, y, Color(0.8, 0.8, 0.6))
	return ImageTexture.create_from_image(image)


func shader(code: String) -> ShaderMaterial:
	var material := ShaderMaterial.new()
	material.shader = Shader.new()
	material.shader.code = "shader_type canvas_item;\n" + code
	return material


func drawn_frames(count: int) -> void:
	for i in count:
		await RenderingServer.frame_post_draw


func shot(title: String) -> void:
	root.get_texture().get_image().save_png(OS.get_environment("OUT").path_join(title + ".png"))


func save(stream: DreamStream, title: String) -> void:
	stream.texture.get_image().save_png(OS.get_environment("OUT").path_join(title + ".png"))
