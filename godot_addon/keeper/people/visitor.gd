class_name KeeperVisitor
extends Node2D
## Ines, who is seen in the painted world only: markers for the seventeen joints, which a DreamPose sends.

const MARKS: Array[String] = [
	"Head", "LeftEye", "RightEye", "LeftEar", "RightEar", "LeftUpperArm", "RightUpperArm", "LeftLowerArm", "RightLowerArm",
	"LeftHand", "RightHand", "LeftUpperLeg", "RightUpperLeg", "LeftLowerLeg", "RightLowerLeg", "LeftFoot", "RightFoot",
]

## Pixels of one unit; the figure is a little over two units tall.
@export var size := 24.0
## Walks so fast, in radians of the step a second; 0: stands.
@export var pace := 4.0
## Pixels that it goes in a second.
@export var speed := 0.0

var facing := 1.0
var _phase := 0.0
var _marks: Array[Marker2D] = []


func _ready() -> void:
	for named in MARKS:
		var mark := Marker2D.new()
		mark.name = named
		add_child(mark)
		_marks.append(mark)
	_process(0.0)


func _process(delta: float) -> void:
	_phase += delta * pace
	position.x += speed * delta
	var stride := clampf(pace / 4.0, 0.0, 1.0)
	var hip := Vector2(0, -1.0)
	var shoulder := Vector2(facing * 0.06, -1.78)
	var head := shoulder + Vector2(facing * 0.07, -0.34)
	_put(0, head + Vector2(facing * 0.12, 0))
	for k in 2:
		var side := 1.0 - 2.0 * k
		_put(1 + k, head + Vector2(0.04 * side, -0.04))
		_put(3 + k, head + Vector2(0.1 * side, 0))
		_put(5 + k, shoulder + Vector2(0.1 * side, 0))
		_put(11 + k, hip + Vector2(0.07 * side, 0))
		var q := _phase + PI * k
		var thigh := 0.55 * sin(q) * stride
		var shin := thigh - (0.55 * maxf(0.0, cos(q)) + 0.1) * stride
		var knee := hip + Vector2(0.07 * side, 0) + 0.5 * _limb(thigh)
		_put(13 + k, knee)
		_put(15 + k, knee + 0.5 * _limb(shin))
		var elbow := shoulder + Vector2(0.1 * side, 0) + 0.4 * _limb(-0.5 * sin(q) * stride)
		_put(7 + k, elbow)
		_put(9 + k, elbow + 0.38 * _limb(-0.5 * sin(q) * stride + 0.45))


func _put(joint: int, at: Vector2) -> void:
	_marks[joint].position = at * size


func _limb(angle: float) -> Vector2:
	return Vector2(facing * sin(angle), cos(angle))
