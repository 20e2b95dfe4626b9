class_name DemoWalker
extends Node3D
## A figure of capsules that walks where it is told, with a camera behind it.

const SPEED := 5.0
const TURN := 1.9
const GREY := Color(0.75, 0.72, 0.7)
# Coat, head, limbs.
const BLUE: Array[Color] = [Color("2a5bd0"), Color("e6b493"), Color("27345c")]

## Forward -1 to 1, and turning -1 (right) to 1 (left): what the keys say.
var way := Vector2.ZERO
## Half the width and length of the hall that it cannot leave; zero: the village.
var hall := Vector2.ZERO
## In blue instead of grey.
var coloured := false:
	set(value):
		coloured = value
		for k in _materials.size():
			_materials[k].albedo_color = BLUE[mini(k, 2)] if value else GREY

var _phase := 0.0
var _limbs: Array[Node3D] = []
var _materials: Array[StandardMaterial3D] = []

@onready var _camera: Camera3D = $Camera


func _ready() -> void:
	set_meta("dream_label", "figure")
	_part(self, 0.26, 0.95, Vector3(0, 1.15, 0))
	_part(self, 0.2, 0.42, Vector3(0, 1.8, 0))
	for side: float in [-1.0, 1.0]:
		_limbs.append(_limb(Vector3(0.14 * side, 0.9, 0), 0.11, 0.9))
		_limbs.append(_limb(Vector3(0.34 * side, 1.5, 0), 0.08, 0.75))


func _process(delta: float) -> void:
	rotate_y(way.y * TURN * delta)
	position -= basis.z * way.x * SPEED * delta
	if hall:
		position = Vector3(clampf(position.x, -hall.x, hall.x), 0, clampf(position.z, -hall.y, hall.y))
	else:
		position = position.limit_length(DemoGreyWorld.SIZE * 0.8)
	_phase += delta * 8.0 * absf(way.x)
	for k in _limbs.size():
		var swing := sin(_phase) * (1.0 if k in [0, 3] else -1.0)
		_limbs[k].rotation.x = swing * 0.7 * minf(1.0, absf(way.x) * 2.0)
	_camera.position = _camera.position.lerp(Vector3(0.0, 2.5, 5.6), minf(1.0, delta * 4.0))


func _limb(at: Vector3, radius: float, length: float) -> Node3D:
	var joint := Node3D.new()
	joint.position = at
	joint.set_meta("dream_label", "limbs/figure")
	add_child(joint)
	_part(joint, radius, length, Vector3(0, -length / 2, 0))
	return joint


func _part(parent: Node3D, radius: float, height: float, at: Vector3) -> void:
	var mesh := CapsuleMesh.new()
	mesh.radius = radius
	mesh.height = height
	var instance := MeshInstance3D.new()
	instance.mesh = mesh
	instance.position = at
	var material := StandardMaterial3D.new()
	material.albedo_color = GREY
	_materials.append(material)
	instance.material_override = material
	parent.add_child(instance)
