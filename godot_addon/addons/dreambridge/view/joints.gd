extends RefCounted
## The 17 joints of a figure, as a camera of the game sees them.

## In COCO order.
const NAMES: Array[String] = [
	"nose", "left_eye", "right_eye", "left_ear", "right_ear", "left_shoulder", "right_shoulder", "left_elbow", "right_elbow",
	"left_wrist", "right_wrist", "left_hip", "right_hip", "left_knee", "right_knee", "left_ankle", "right_ankle",
]
## The bones of [SkeletonProfileHumanoid]. It has none for nose and ears: the head stands for the nose.
const HUMANOID := {
	"nose": "Head", "left_eye": "LeftEye", "right_eye": "RightEye", "left_shoulder": "LeftUpperArm", "right_shoulder": "RightUpperArm",
	"left_elbow": "LeftLowerArm", "right_elbow": "RightLowerArm", "left_wrist": "LeftHand", "right_wrist": "RightHand",
	"left_hip": "LeftUpperLeg", "right_hip": "RightUpperLeg", "left_knee": "LeftLowerLeg", "right_knee": "RightLowerLeg",
	"left_ankle": "LeftFoot", "right_ankle": "RightFoot",
}
## Eyes and ears may be missing.
const MAX_MISSING := 4


## Place of each joint of [param figure] in the viewport's pixels, and its visibility (0 or 1) as z. [param bone_of] gives the name of the
## bone or marker of a joint.
static func places(figure: Node, bone_of: Callable, camera: Camera3D) -> PackedVector3Array:
	var out := PackedVector3Array()
	for joint in NAMES:
		var named: String = bone_of.call(joint)
		out.append(_place(figure, named, camera) if named else Vector3.ZERO)
	return out


## The names that a joint of this figure may have.
static func names_in(figure: Node) -> PackedStringArray:
	var out := PackedStringArray()
	if figure is Skeleton3D:
		for k in (figure as Skeleton3D).get_bone_count():
			out.append((figure as Skeleton3D).get_bone_name(k))
		return out
	for node in figure.find_children("*", "", true, false):
		if node is Node2D or node is Node3D:
			out.append(str(node.name))
	return out


static func _place(figure: Node, named: String, camera: Camera3D) -> Vector3:
	if figure is Skeleton3D:
		var skeleton: Skeleton3D = figure
		var bone := skeleton.find_bone(named)
		return Vector3.ZERO if bone < 0 else _seen(skeleton.global_transform * skeleton.get_bone_global_pose(bone).origin, camera)
	# A Bone2D is a node, as a marker is.
	var node := figure.find_child(named, true, false)
	if node is Node3D:
		return _seen((node as Node3D).global_position, camera)
	if node is Node2D:
		var at := (node as Node2D).get_global_transform_with_canvas().origin
		return Vector3(at.x, at.y, 1.0 if (node as Node2D).is_visible_in_tree() else 0.0)
	return Vector3.ZERO


static func _seen(at: Vector3, camera: Camera3D) -> Vector3:
	if camera == null or camera.is_position_behind(at):
		return Vector3.ZERO
	var pixel := camera.unproject_position(at)
	return Vector3(pixel.x, pixel.y, 1.0)
