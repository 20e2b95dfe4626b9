extends SceneTree
## Grey-boxes for benchmarks and sheets, drawn by the addon's own stages without a daemon: COUNT scenes, 2D and 3D in turns, each a
## slow pan of FRAMES pictures of SIDE x SIDE, in the colours of PALETTE (JSON, as bundle.json has it). Saves scene_frame.png in
## OUT, label above depth in 3D, and prints the scenes' names. The same SEED makes the same scenes.

const LabelScene3D := preload("res://addons/dreambridge/view/label_scene_3d.gd")
const LabelScene2D := preload("res://addons/dreambridge/view/label_scene_2d.gd")
const Labels := preload("res://addons/dreambridge/view/labels.gd")
const Readback := preload("res://addons/dreambridge/view/readback.gd")

var palette: Dictionary = JSON.parse_string(OS.get_environment("PALETTE"))
var side := int(OS.get_environment("SIDE"))
var frames := int(OS.get_environment("FRAMES"))
var random := RandomNumberGenerator.new()
var names: Array[String] = []


func _initialize() -> void:
	root.content_scale_mode = Window.CONTENT_SCALE_MODE_DISABLED
	for k in int(OS.get_environment("COUNT")):
		random.seed = int(OS.get_environment("SEED")) + k
		if k % 2:
			await deep(k)
		else:
			await flat(k)
	print(JSON.stringify({"names": names, "method": RenderingServer.get_current_rendering_method()}))
	quit()


func deep(k: int) -> void:
	var scene := Node3D.new()
	root.add_child(scene)
	var kind := ["village", "town", "valley"][(k >> 1) % 3] as String
	names.append("3D %s %d" % [kind, k])
	match kind:
		"village":
			var village := DemoGreyWorld.new()
			village.place = 1000 + k
			scene.add_child(village)
		"town":
			town(scene)
		"valley":
			valley(scene)
	var camera := Camera3D.new()
	camera.fov = random.randf_range(50, 72)
	scene.add_child(camera)
	camera.position = Vector3(random.randf_range(-4, 4), random.randf_range(1.6, 4.0), random.randf_range(-4, 12))
	camera.rotation = Vector3(random.randf_range(-0.16, 0.04), random.randf_range(-0.6, 0.6), 0)
	for i in 1 + k % 3:
		person(scene, camera.position + camera.basis * Vector3(random.randf_range(-3, 3), 0, random.randf_range(-11, -4)))
	camera.current = true
	var labels := Labels.new(palette, "sky")
	var stage := LabelScene3D.new(labels, "none", Vector2i(side, side), random.randf_range(60, 120))
	var readback := Readback.new(stage.stages(), stage.further, stage.unit, false, labels.colours, Vector2i(side, side), ["label", "depth"])
	root.add_child(readback.viewport)
	stage.add(scene)
	var walk := camera.basis * Vector3(random.randf_range(-0.05, 0.05), 0, -0.05)
	var turn := random.randf_range(-0.004, 0.004)
	for frame in frames:
		stage.update(camera)
		await save(readback, k, frame)
		camera.position += walk
		camera.rotation.y += turn
	stage.clear()
	readback.viewport.queue_free()
	scene.queue_free()
	await process_frame


func box(scene: Node3D, label: String, at: Vector3, size: Vector3, turn := 0.0) -> void:
	shape(scene, label, DemoGreyWorld.box(size), at).rotation.y = turn


func shape(scene: Node3D, label: String, mesh: Mesh, at: Vector3) -> MeshInstance3D:
	var instance := MeshInstance3D.new()
	instance.mesh = mesh
	instance.position = at
	instance.set_meta("dream_label", label)
	scene.add_child(instance)
	return instance


func person(scene: Node3D, at: Vector3) -> void:
	var coat := "figure" if random.randf() < 0.6 else "other_figure/figure"
	at.y = 0.0
	for part: Array in [[coat, 0.27, 1.0, 0.0, 1.2], [coat, 0.19, 0.42, 0.0, 1.85], ["limbs/figure", 0.11, 0.95, -0.15, 0.47], ["limbs/figure", 0.11, 0.95, 0.15, 0.47], ["limbs/figure", 0.08, 0.8, -0.36, 1.2], ["limbs/figure", 0.08, 0.8, 0.36, 1.2]]:
		var mesh := CapsuleMesh.new()
		mesh.radius = part[1]
		mesh.height = part[2]
		shape(scene, part[0] as String, mesh, at + Vector3(part[3] as float, part[4] as float, 0))


func town(scene: Node3D) -> void:
	box(scene, "ground", Vector3(0, -0.5, 0), Vector3(400, 1, 400))
	for row in 7:
		for i in 9:
			if random.randf() < 0.35:
				continue
			var size := Vector3(random.randf_range(4, 8), random.randf_range(3, 16), random.randf_range(4, 8))
			var at := Vector3((i - 4) * 11.0, size.y / 2, -14.0 - row * 12.0)
			box(scene, "wall", at, size)
			box(scene, "roof", at + Vector3(0, size.y / 2 + 0.2, 0), Vector3(size.x * 1.08, 0.5, size.z * 1.08))
			for floor_number in int(size.y / 3.0):
				for w in int(size.x / 2.2):
					box(scene, "window", at + Vector3((w + 0.5) * 2.0 - size.x / 2, -size.y / 2 + 1.6 + 3.0 * floor_number, size.z / 2), Vector3(0.9, 1.3, 0.1))
	for i in 16:
		var height := random.randf_range(2, 5)
		var at := Vector3(random.randf_range(-30, 30), 0, random.randf_range(-60, -7))
		shape(scene, "wall", DemoGreyWorld.cylinder(0.15, 1.4), at + Vector3(0, 0.7, 0))
		shape(scene, "leaves/plant", DemoGreyWorld.ball(), at + Vector3(0, 1.2 + height / 3, 0)).scale = Vector3.ONE * height / 3
	for i in 12:
		shape(scene, "far_land", DemoGreyWorld.ball(), Vector3(-150 + i * 28, 0, -150)).scale = Vector3(30, random.randf_range(8, 34), 20)


func valley(scene: Node3D) -> void:
	box(scene, "near_land", Vector3(0, -0.5, 0), Vector3(400, 1, 400))
	box(scene, "water", Vector3(random.randf_range(-20, 20), 0.02, -40), Vector3(random.randf_range(14, 60), 0.1, random.randf_range(12, 40)), random.randf())
	for i in 22:
		var far := i % 2 == 0
		var hill := shape(scene, "far_land" if far else "mid_land", DemoGreyWorld.ball(), Vector3(random.randf_range(-130, 130), 0, -140.0 if far else -85.0))
		hill.scale = Vector3(random.randf_range(18, 45), random.randf_range(10, 46) * (1.0 if far else 0.5), 16)
	for i in 55:
		var cone := CylinderMesh.new()
		cone.top_radius = 0.0
		cone.height = random.randf_range(2, 7)
		cone.bottom_radius = cone.height * 0.3
		shape(scene, "plant", cone, Vector3(random.randf_range(-40, 40), cone.height / 2, random.randf_range(-70, -8)))
	for i in 14:
		var rock := shape(scene, "wall" if i % 3 else "ground", DemoGreyWorld.box(Vector3.ONE), Vector3(random.randf_range(-20, 20), 0.2, random.randf_range(-30, -5)))
		rock.scale = Vector3.ONE * random.randf_range(0.5, 2.5)
		rock.rotation = Vector3(random.randf(), random.randf() * TAU, random.randf())


func flat(k: int) -> void:
	names.append("2D platforms %d" % k)
	var scene := Node2D.new()
	root.add_child(scene)
	var camera := Camera2D.new()
	camera.ignore_rotation = true
	root.size = Vector2i(side, side)
	scene.add_child(camera)
	camera.position = Vector2(side, side) / 2
	crest(scene, "far_land", random.randf_range(90, 120), 26)
	crest(scene, "mid_land", random.randf_range(130, 150), 18)
	if random.randf() < 0.6:
		crest(scene, "near_land", random.randf_range(160, 180), 10)
	var foot := random.randf_range(196, 226)
	poly(scene, "ground", [Vector2(-100, foot), Vector2(700, foot), Vector2(700, 400), Vector2(-100, 400)])
	if random.randf() < 0.5:
		var x := random.randf_range(0, 200)
		poly(scene, "water", rect(x, foot, random.randf_range(40, 120), 60))
	for i in random.randi_range(2, 5):
		poly(scene, "ground" if random.randf() < 0.6 else "wall", rect(random.randf_range(-20, 300), random.randf_range(80, foot - 20), random.randf_range(24, 90), random.randf_range(5, 14)))
	for i in random.randi_range(1, 3):
		house(scene, random.randf_range(-10, 300), foot, random.randf_range(30, 60))
	for i in random.randi_range(2, 6):
		plant(scene, random.randf_range(-10, 320), foot, random.randf_range(24, 70))
	for i in random.randi_range(1, 2):
		walker(scene, random.randf_range(60, 240), foot, random.randf_range(14, 30))
	camera.make_current()
	await process_frame
	var labels := Labels.new(palette, "sky")
	var stage := LabelScene2D.new(labels, "none", Vector2i(side, side))
	var readback := Readback.new(stage.stages(), stage.further, stage.unit, true, labels.colours, Vector2i(side, side), ["label"])
	root.add_child(readback.viewport)
	stage.add(scene)
	for frame in frames:
		camera.position.x += 1.0
		camera.force_update_scroll()
		stage.update(root)
		readback.set_unit(stage.unit)
		await save(readback, k, frame)
	stage.clear()
	readback.viewport.queue_free()
	scene.queue_free()
	await process_frame


func poly(scene: Node2D, label: String, points: Array[Vector2]) -> void:
	var p := Polygon2D.new()
	p.polygon = PackedVector2Array(points)
	p.set_meta("dream_label", label)
	scene.add_child(p)


func rect(x: float, y: float, w: float, h: float) -> Array[Vector2]:
	return [Vector2(x, y), Vector2(x + w, y), Vector2(x + w, y + h), Vector2(x, y + h)]


func disc(x: float, y: float, rx: float, ry: float) -> Array[Vector2]:
	var points: Array[Vector2] = []
	for i in 24:
		points.append(Vector2(x + rx * cos(TAU * i / 24), y + ry * sin(TAU * i / 24)))
	return points


func crest(scene: Node2D, label: String, y: float, height: float) -> void:
	var points: Array[Vector2] = []
	var a := random.randf() * TAU
	var f := random.randf_range(0.012, 0.04)
	for x in range(-100, 701, 5):
		points.append(Vector2(x, y + height * (sin(x * f + a) + 0.4 * sin(x * f * 2.6))))
	points.append_array([Vector2(700, 400), Vector2(-100, 400)])
	poly(scene, label, points)


func house(scene: Node2D, x: float, foot: float, w: float) -> void:
	var h := w * random.randf_range(0.6, 1.1)
	poly(scene, "wall", rect(x, foot - h, w, h))
	poly(scene, "roof", [Vector2(x - w * 0.12, foot - h), Vector2(x + w * 1.12, foot - h), Vector2(x + w * 0.5, foot - h - w * 0.45)])
	for i in 2:
		poly(scene, "window", rect(x + w * (0.16 + 0.42 * i), foot - h * 0.72, w * 0.24, h * 0.26))


func plant(scene: Node2D, x: float, foot: float, tall: float) -> void:
	poly(scene, "wall", rect(x - tall * 0.05, foot - tall * 0.45, tall * 0.1, tall * 0.45))
	if random.randf() < 0.5:
		poly(scene, "plant", [Vector2(x - tall * 0.28, foot - tall * 0.25), Vector2(x + tall * 0.28, foot - tall * 0.25), Vector2(x, foot - tall)])
	else:
		poly(scene, "leaves/plant", disc(x, foot - tall * 0.68, tall * 0.28, tall * 0.32))


func walker(scene: Node2D, x: float, foot: float, size: float) -> void:
	var coat := "figure" if random.randf() < 0.6 else "other_figure/figure"
	for way: float in [-0.25, 0.25]:
		poly(scene, "limbs/figure", [Vector2(x - 0.1 * size, foot - size), Vector2(x + 0.1 * size, foot - size), Vector2(x + (way + 0.1) * size, foot), Vector2(x + (way - 0.1) * size, foot)])
	poly(scene, coat, rect(x - 0.22 * size, foot - 1.8 * size, 0.44 * size, 0.9 * size))
	poly(scene, coat, disc(x, foot - 2.05 * size, 0.24 * size, 0.28 * size))


func save(readback: Readback, k: int, frame: int) -> void:
	readback.draw()
	await RenderingServer.frame_post_draw
	readback.viewport.get_texture().get_image().save_png(OS.get_environment("OUT").path_join("%d_%d.png" % [k, frame]))
