class_name DemoGreyWorld
extends Node3D
## A village of boxes, cones and capsules with labels: what a level looks like before anybody painted it.

const SIZE := 60.0

## The village's own colours, by label: those of a game that is no grey-box any more.
const COLOURS := {
	"ground": Color("7c8f4e"), "far_land": Color("6d86a8"), "mid_land": Color("6f9a86"), "near_land": Color("8fa653"), "water": Color("3f7fae"),
	"plant": Color("2f6b52"), "leaves/plant": Color("7fae3c"), "wall": Color("d9c39a"), "roof": Color("4f6fb0"), "window": Color("f4d27a"),
	"other_figure/figure": Color("8a4fa3"),
}

## The same number is the same village.
@export var place := 3
## In its own colours instead of greys.
@export var coloured := false:
	set(value):
		coloured = value
		for label: String in _greys:
			(_greys[label] as StandardMaterial3D).albedo_color = _shade(label)

var _random := RandomNumberGenerator.new()
var _greys := {}


func _ready() -> void:
	_random.seed = place
	shape("ground", box(Vector3(400, 2, 400)), Vector3(0, -1, 0))
	for k in 26:
		var way := TAU * k / 26.0
		var far := k % 2 == 0
		var at := Vector3(cos(way), 0, sin(way)) * (150.0 if far else 95.0)
		var hill := shape("far_land" if far else "mid_land", ball(), at)
		hill.scale = Vector3(_random.randf_range(35, 60), _random.randf_range(14, 44) * (1.0 if far else 0.5), _random.randf_range(25, 40))
	for k in 9:
		var bank := shape("near_land", ball(), around(36, 70))
		bank.scale = Vector3(_random.randf_range(8, 16), _random.randf_range(1.5, 4.5), _random.randf_range(8, 16))
	var pond := shape("water", disc(11.0), Vector3(-14, 0.06, -16))
	pond.scale.x = 1.5
	for at: Vector3 in [Vector3(9, 0, -12), Vector3(19, 0, -22), Vector3(-3, 0, -30), Vector3(24, 0, -6), Vector3(-24, 0, -34)]:
		house(at)
	for k in 70:
		var at := around(7, SIZE)
		if at.distance_to(pond.position) > 18.0:
			tree(at)
	villager(Vector3(5.5, 0, -7.5))
	for k in 12:
		var rock := shape("wall", box(Vector3.ONE), around(5, 40))
		rock.scale = Vector3.ONE * _random.randf_range(0.5, 1.6)
		rock.rotation = Vector3(_random.randf(), _random.randf() * TAU, _random.randf())


func around(least: float, most: float) -> Vector3:
	return Vector3(0, 0, _random.randf_range(least, most)).rotated(Vector3.UP, _random.randf() * TAU)


func house(at: Vector3) -> void:
	var home := Node3D.new()
	home.position = at
	home.rotation.y = _random.randf_range(-0.6, 0.6)
	add_child(home)
	var size := Vector3(_random.randf_range(4, 7), _random.randf_range(2.6, 4.2), _random.randf_range(4, 6))
	shape("wall", box(size), Vector3(0, size.y / 2, 0), home)
	var roof := PrismMesh.new()
	roof.size = Vector3(size.x * 1.2, 2.4, size.z * 1.15)
	shape("roof", roof, Vector3(0, size.y + 1.2, 0), home)
	shape("wall", box(Vector3(0.7, 1.6, 0.7)), Vector3(size.x * 0.28, size.y + 1.9, 0), home)
	for side: float in [-0.27, 0.27]:
		shape("window", box(Vector3(0.9, 0.9, 0.1)), Vector3(size.x * side, size.y * 0.58, size.z / 2 + 0.03), home)
	shape("roof", box(Vector3(0.9, 1.7, 0.1)), Vector3(0, 0.85, size.z / 2 + 0.02), home)


func villager(at: Vector3) -> void:
	for part: Array in [[0.3, 1.5, 0.75], [0.2, 0.44, 1.7]]:
		var mesh := CapsuleMesh.new()
		mesh.radius = part[0]
		mesh.height = part[1]
		shape("other_figure/figure", mesh, at + Vector3(0, part[2], 0))


func tree(at: Vector3) -> void:
	var height := _random.randf_range(2.2, 5.0)
	var crown := cylinder(height * 0.32, height, 24)
	crown.top_radius = 0.0
	shape("plant", cylinder(0.16, 1.0, 12), at + Vector3(0, 0.5, 0))
	if _random.randf() < 0.75:
		shape("plant", crown, at + Vector3(0, 0.8 + height / 2, 0))
	else:
		var round_one := shape("leaves/plant", ball(24), at + Vector3(0, 1.2 + height * 0.3, 0))
		round_one.scale = Vector3(1, 1.1, 1) * height * 0.36


func shape(label: String, mesh: Mesh, at: Vector3, parent: Node3D = self) -> MeshInstance3D:
	var instance := MeshInstance3D.new()
	instance.mesh = mesh
	instance.position = at
	instance.set_meta("dream_label", label)
	instance.material_override = grey(label)
	parent.add_child(instance)
	return instance


## The grey of a grey-box: one for each label, as level designers have it.
func grey(label: String) -> StandardMaterial3D:
	if not _greys.has(label):
		var material := StandardMaterial3D.new()
		material.albedo_color = _shade(label)
		material.roughness = 1.0
		_greys[label] = material
	return _greys[label]


func _shade(label: String) -> Color:
	var light := 0.42 + 0.045 * (hash(label) % 9)
	return COLOURS.get(label, Color.WHITE) if coloured else Color(light, light, light * 1.03)


static func box(size: Vector3) -> BoxMesh:
	var mesh := BoxMesh.new()
	mesh.size = size
	return mesh


static func ball(segments := 40) -> SphereMesh:
	var mesh := SphereMesh.new()
	mesh.radius = 1.0
	mesh.height = 2.0
	mesh.radial_segments = segments
	@warning_ignore("integer_division")
	mesh.rings = segments / 2
	return mesh


static func cylinder(radius: float, height: float, segments := 64) -> CylinderMesh:
	var mesh := CylinderMesh.new()
	mesh.top_radius = radius
	mesh.bottom_radius = radius
	mesh.height = height
	mesh.radial_segments = segments
	mesh.rings = 1
	return mesh


static func disc(radius: float) -> CylinderMesh:
	return cylinder(radius, 0.08)
