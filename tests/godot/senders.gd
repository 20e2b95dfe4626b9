extends SceneTree
## The senders, on real skeletons, cameras and nodes. Prints one JSON object.

var got := {}
var stream: DreamStream


class Player extends Node2D:
	var health := 30.0
	var max_health := 40.0
	var hurt := false

	func mood() -> String:
		return "hurt" if hurt else "well"


func _initialize() -> void:
	root.size = Vector2i(800, 600)
	await process_frame
	stream = DreamStream.new()
	stream.bundle = "probe"
	stream.daemon = OS.get_environment("DAEMON")
	root.add_child(stream)
	await stream.frame_ready
	await state()
	await poses()
	await cameras()
	await limits()
	print(JSON.stringify(got))
	quit()


func ticks(count: int) -> void:
	for k in count:
		await process_frame


func until(what: Callable) -> bool:
	var end := Time.get_ticks_msec() + 20000
	while not what.call() and Time.get_ticks_msec() < end:
		await process_frame
	return what.call()


func state() -> void:
	var player := Player.new()
	root.add_child(player)
	var sender := DreamState.new()
	got["warnings"] = Array(sender._get_configuration_warnings())
	sender.source = player
	sender.expression = "health / max_health"
	sender.condition = "seed_world"
	sender.to = Vector2(100, 0)
	sender.stream = stream
	sender.rate = 60.0
	got["no_warnings"] = sender._get_configuration_warnings().size()
	got["state"] = [sender.read()]
	sender.curve = Curve.new()
	sender.curve.add_point(Vector2(0, 0))
	sender.curve.add_point(Vector2(1, 0.5))
	got["state"].append(sender.mapped(1.0))
	sender.curve = null
	sender.expression = "position:x"
	player.position.x = 0.25
	got["state"].append(sender.read())
	sender.expression = "mood()"
	sender.words = {"hurt": 7}
	player.hurt = true
	got["state"].append(sender.read())
	player.hurt = false
	got["state"].append(sender.read())
	for wrong: String in ["nothing_there", "health +", "missing()"]:
		sender.expression = wrong
		got["state"].append([sender.read(), sender._wrong.is_empty(), sender._get_configuration_warnings().size()])
	sender.expression = "health"
	sender.from = Vector2(0, 40)
	sender.condition = "seed_word"
	got["unknown"] = Array(sender._get_configuration_warnings())
	sender.condition = "seed_world"
	sender.to = Vector2(0, 40)
	root.add_child(sender)
	got["sent_state"] = await until(func() -> bool: return stream._session.effective.get("seed_world") == 30.0)
	player.health = 30.001
	var sent: Array[Dictionary] = []
	sender.sent.connect(func(values: Dictionary) -> void: sent.append(values))
	await ticks(30)
	got["dead_band"] = sent.size()
	got["in_words"] = sender.last_sent()
	player.health = 12.0
	got["sent_again"] = await until(func() -> bool: return stream._session.effective.get("seed_world") == 12.0)
	await places(sender, player)
	sender.free()
	player.free()


## A stream that goes to another place has other conditions: the sender sends what differs from them, and nothing else.
func places(sender: DreamState, player: Player) -> void:
	var sent: Array[Dictionary] = []
	sender.sent.connect(func(values: Dictionary) -> void: sent.append(values))
	var saved := await stream.snapshot()
	await stream.restore(saved)
	sender.stream = null
	sender.stream = stream
	await ticks(20)
	got["nothing_new"] = sent.size()
	player.health = 20.0
	await until(func() -> bool: return stream._session.effective.get("seed_world") == 20.0)
	await stream.restore(saved)
	got["sent_after_restore"] = await until(func() -> bool: return sent.size() == 2 and stream._session.effective.get("seed_world") == 20.0)
	sender.send_again()
	got["sent_when_asked"] = await until(func() -> bool: return sent.size() == 3)


## A skeleton in 2D, one in 3D, and markers.
func poses() -> void:
	var figure := Node2D.new()
	figure.position = Vector2(400, 300)
	for joint: String in ["Head", "LeftHand", "RightHand"]:
		var marker := Marker2D.new()
		marker.name = joint
		marker.position = {"Head": Vector2(0, -150), "LeftHand": Vector2(200, 0), "RightHand": Vector2(-200, 0)}[joint]
		figure.add_child(marker)
	root.add_child(figure)
	var pose := DreamPose.new()
	pose.stream = stream
	root.add_child(pose)
	var size := root.get_visible_rect().size
	got["size"] = [size.x, size.y]
	got["pose_warnings"] = pose._get_configuration_warnings().size()
	pose.figures = [pose.get_path_to(figure)]
	got["pose_missing"] = pose._get_configuration_warnings().size()
	got["markers"] = joints_of(pose.pose_of(figure))
	pose.set("joints/left_ankle", "LeftHand")
	got["mapped"] = Array(pose.pose_of(figure).slice(45, 48))
	got["saved"] = pose.get_property_list().filter(func(p: Dictionary) -> bool: return str(p["name"]).begins_with("joints/") and p["usage"] & PROPERTY_USAGE_STORAGE).size()
	got["suggested"] = pose.get_property_list().filter(func(p: Dictionary) -> bool: return p["name"] == "joints/nose")[0]["hint_string"]
	var window := Control.new()
	window.position = Vector2(200, 0)
	window.size = Vector2(400, 600)
	root.add_child(window)
	pose.frame = window
	got["in_frame"] = joints_of(pose.pose_of(figure))
	pose.frame = null
	var bones := Skeleton2D.new()
	bones.position = Vector2(80, 60)
	var bone := Bone2D.new()
	bone.name = "Head"
	bone.rest = Transform2D(0, Vector2(0, 60))
	bone.position = Vector2(0, 60)
	bones.add_child(bone)
	root.add_child(bones)
	got["skeleton_2d"] = joints_of(pose.pose_of(bones))
	var skeleton := Skeleton3D.new()
	for named: String in ["Head", "LeftFoot"]:
		skeleton.add_bone(named)
	skeleton.set_bone_rest(0, Transform3D(Basis(), Vector3(0, 1, 0)))
	skeleton.reset_bone_poses()
	skeleton.set_bone_pose_position(1, Vector3(0, 0, 20))
	var eye := Camera3D.new()
	eye.position = Vector3(0, 0, 5)
	root.add_child(eye)
	root.add_child(skeleton)
	eye.make_current()
	await ticks(2)
	got["skeleton_3d"] = joints_of(pose.pose_of(skeleton))
	pose.figures = [pose.get_path_to(figure), pose.get_path_to(bones)]
	got["sent_pose"] = await until(func() -> bool: return (stream._session.effective.get("pose", []) as Array).size() == 2)
	var sent: Array = stream._session.effective["pose"]
	got["last_sent"] = pose.last_sent()
	got["figures"] = [sent.size(), (sent[0] as PackedFloat32Array).size()]
	pose.free()
	stream.direct({"pose": null})
	# A path in the inspector gives the pose to a DreamPose.
	var other := DreamPose.new()
	other.figures = [NodePath("../" + str(figure.name))]
	root.add_child(other)
	stream.set("conditions/pose", stream.get_path_to(other))
	got["linked"] = [other.stream == stream, other.condition]
	got["sent_linked"] = await until(func() -> bool: return stream._session.effective.get("pose") != null)
	stream.set("conditions/pose", null)
	got["unlinked"] = other.stream == null and await until(func() -> bool: return stream._session.effective.get("pose") == null)
	for node: Node in [other, figure, window, bones, skeleton, eye]:
		node.free()


func joints_of(pose: PackedFloat32Array) -> Dictionary:
	var found := {}
	for k in 17:
		if pose[3 * k + 2] > 0:
			found[DreamPose.Joints.NAMES[k]] = [snappedf(pose[3 * k], 0.001), snappedf(pose[3 * k + 1], 0.001)]
	return found


func cameras() -> void:
	var sender := DreamCamera.new()
	sender.stream = stream
	got["camera_warnings"] = sender._get_configuration_warnings().size()
	sender.stream = null
	var flat := Camera2D.new()
	root.add_child(flat)
	root.add_child(sender)
	flat.make_current()
	await ticks(2)
	got["camera_2d"] = [sender.read()]
	flat.position.x = 400
	flat.zoom = Vector2(2, 2)
	flat.force_update_scroll()
	await ticks(2)
	got["camera_2d"].append(sender.read())
	flat.free()
	var eye := Camera3D.new()
	root.add_child(eye)
	eye.make_current()
	await ticks(2)
	sender.units_per_screen = 20.0
	got["camera_3d"] = [sender.read()]
	eye.position = Vector3(10, 0, 0)
	eye.fov = 37.8493
	got["camera_3d"].append(sender.read())
	sender.axis = DreamCamera.Axis.TURN
	sender.units_per_screen = 90.0
	sender.begin_here()
	sender.read()
	eye.rotation_degrees.y = -45.0
	got["camera_3d"].append(sender.read())
	sender.free()
	eye.free()


## No more than the rate, and nothing while nobody listens.
func limits() -> void:
	var player := Player.new()
	root.add_child(player)
	var sender := DreamState.new()
	sender.source = player
	sender.expression = "health"
	sender.condition = "seed_world"
	sender.clamped = false
	sender.from = sender.to
	sender.rate = 5.0
	sender.stream = stream
	var sent: Array[int] = []
	sender.sent.connect(func(_values: Dictionary) -> void: sent.append(1))
	root.add_child(sender)
	var begun := Time.get_ticks_msec()
	while Time.get_ticks_msec() - begun < 2000:
		player.health = float(Time.get_ticks_msec() % 1000)
		await process_frame
	got["rate"] = [sent.size(), (Time.get_ticks_msec() - begun) / 1000.0]
	stream.stop()
	var count := sent.size()
	for k in 30:
		player.health += 1
		await process_frame
	got["stopped"] = sent.size() - count + int(sender.is_processing())
	await process_frame
	stream.free()
	await ticks(3)
	got["freed"] = is_instance_valid(sender)
