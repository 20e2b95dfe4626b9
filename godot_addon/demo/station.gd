class_name DemoStation
extends Node3D
## A space station in its own colours: halls of panels, ribs and lamps, windows to the sky, and things that no landscape has. Labels are
## only where they mean something: windows are lit at night, and behind the panes is the sky.

const HULL := Color("aab4bc")
const FLOOR := Color("6d7783")
const TRIM := Color("e0762b")
const LAMP := Color("d8f4ff")
const CRATES: Array[Color] = [Color("c9a227"), Color("3f7d4e"), Color("8a4fa3"), Color("b8433a")]
const LENGTH := 44.0
const WIDTH := 9.0
const HEIGHT := 4.6

## The same number is the same station.
@export var place := 5

var _random := RandomNumberGenerator.new()
var _materials := {}


func _ready() -> void:
	_random.seed = place
	block(Vector3(WIDTH, 0.4, LENGTH * 2), Vector3(0, -0.2, 0), FLOOR)
	block(Vector3(WIDTH, 0.4, LENGTH * 2), Vector3(0, HEIGHT + 0.2, 0), HULL.darkened(0.25))
	for tile in int(LENGTH):
		block(Vector3(1.9, 0.02, 1.0), Vector3(0, 0.01, LENGTH - 2.0 * tile - 0.5), TRIM.darkened(0.1))
	for side: float in [-1.0, 1.0]:
		var wall := side * WIDTH / 2
		block(Vector3(0.4, 1.3, LENGTH * 2), Vector3(wall, 0.65, 0), HULL)
		block(Vector3(0.4, 1.1, LENGTH * 2), Vector3(wall, HEIGHT - 0.55, 0), HULL)
		block(Vector3(0.1, 0.18, LENGTH * 2), Vector3(wall - side * 0.22, 1.38, 0), TRIM)
		for part in int(LENGTH / 4):
			var at := LENGTH - 8.0 * part - 4.0
			# A pane, between two panels.
			block(Vector3(0.2, 2.2, 3.4), Vector3(wall + side * 0.2, 2.4, at), Color.BLACK, "sky")
			block(Vector3(0.42, 2.2, 4.6), Vector3(wall, 2.4, at - 4.0), HULL.lightened(0.12) if part % 3 else Color("4b6c8f"))
			block(Vector3(0.6, HEIGHT, 0.5), Vector3(wall - side * 0.1, HEIGHT / 2, at + 2.0), HULL.darkened(0.35))
			block(Vector3(0.6, HEIGHT, 0.5), Vector3(wall - side * 0.1, HEIGHT / 2, at - 2.0), HULL.darkened(0.35))
			block(Vector3(0.35, 0.16, 2.6), Vector3(wall - side * 0.5, HEIGHT - 0.25, at - 4.0), LAMP, "window")
	for k in 16:
		var at := Vector3(_random.randf_range(1.6, WIDTH / 2 - 1.2) * (1.0 if k % 2 else -1.0), 0, LENGTH * 0.8 - 4.4 * k)
		match k % 4:
			0, 2:
				var size := _random.randf_range(0.7, 1.2)
				block(Vector3.ONE * size, at + Vector3(0, size / 2, 0), CRATES[k % 3])
				block(Vector3(size * 1.03, size * 0.16, size * 1.03), at + Vector3(0, size * 0.8, 0), CRATES[k % 3].darkened(0.5))
			1:
				console(at)
			3:
				barrel(at)
	block(Vector3(WIDTH, HEIGHT, 0.4), Vector3(0, HEIGHT / 2, -LENGTH), Color("4b6c8f"))
	block(Vector3(2.6, 3.2, 0.5), Vector3(0, 1.6, -LENGTH + 0.05), TRIM)
	block(Vector3(WIDTH, HEIGHT, 0.4), Vector3(0, HEIGHT / 2, LENGTH), HULL)


func console(at: Vector3) -> void:
	block(Vector3(1.1, 0.9, 0.6), at + Vector3(0, 0.45, 0), Color("39434d"))
	var screen := block(Vector3(1.0, 0.5, 0.06), at + Vector3(0, 1.2, 0.1), Color("52d0a8"), "window")
	screen.rotation.x = -0.35


func barrel(at: Vector3) -> void:
	put(DemoGreyWorld.cylinder(0.42, 1.1), at + Vector3(0, 0.55, 0), CRATES[3])
	put(DemoGreyWorld.cylinder(0.44, 0.14), at + Vector3(0, 0.75, 0), Color.WHITE)


func block(size: Vector3, at: Vector3, colour: Color, label := "") -> MeshInstance3D:
	return put(DemoGreyWorld.box(size), at, colour, label)


func put(mesh: Mesh, at: Vector3, colour: Color, label := "") -> MeshInstance3D:
	var instance := MeshInstance3D.new()
	instance.mesh = mesh
	instance.position = at
	instance.material_override = _material(colour)
	if label:
		instance.set_meta("dream_label", label)
	add_child(instance)
	return instance


func _material(colour: Color) -> StandardMaterial3D:
	if not _materials.has(colour):
		var material := StandardMaterial3D.new()
		material.albedo_color = colour
		material.roughness = 0.8
		_materials[colour] = material
	return _materials[colour]
