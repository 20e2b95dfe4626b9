@tool
extends RefCounted
## A shot as a Godot [Animation] with a value track for each lane, and back. Waits, choices and `over` have no counterpart there.

const EASINGS := {"linear": 1.0, "smooth": -2.0, "in": 2.0, "out": 0.5}
const Follows := preload("follows.gd")


## [param stream] is the path from the player's root node to the DreamStream.
static func from_shot(shot: Dictionary, stream: String) -> Animation:
	var made := Animation.new()
	made.length = maxf(Follows.length_of(shot), 0.1)
	var lanes: Dictionary = shot["lanes"] if shot.get("lanes") is Dictionary else {}
	for lane: String in lanes:
		var track := made.add_track(Animation.TYPE_VALUE)
		made.track_set_path(track, NodePath("%s:conditions/%s" % [stream, lane]))
		var keys: Array = lanes[lane].get("keys", [])
		for k in keys.size():
			# Here a key has the easing of the way to it, in an animation that of the way from it.
			var easing: String = keys[k + 1].get("easing", "smooth") if k + 1 < keys.size() else "linear"
			made.track_insert_key(track, keys[k]["at"] as float, keys[k].get("value"), EASINGS.get(easing, 1.0) as float)
			if easing == "hold" or not (keys[k].get("value") is float):
				made.value_track_set_update_mode(track, Animation.UPDATE_DISCRETE)
	var marks: Dictionary = shot["marks"] if shot.get("marks") is Dictionary else {}
	for mark: String in marks:
		# Since Godot 4.4.
		if made.has_method(&"add_marker"):
			made.call(&"add_marker", StringName(mark), marks[mark])
	return made


## The fields `lanes`, `marks` and `length` of a shot; tracks that key no condition are left out, and named in [param left_out].
static func to_shot(animation: Animation, left_out: PackedStringArray) -> Dictionary:
	var lanes := {}
	for track in animation.get_track_count():
		var path := str(animation.track_get_path(track))
		var lane := path.get_slice(":conditions/", 1) if path.contains(":conditions/") else ""
		if animation.track_get_type(track) != Animation.TYPE_VALUE or lane == "" or lane.contains(":"):
			left_out.append(path)
			continue
		var keys := []
		var before := 1.0
		var holds := animation.value_track_get_update_mode(track) == Animation.UPDATE_DISCRETE
		for k in animation.track_get_key_count(track):
			var key := {"at": animation.track_get_key_time(track, k), "value": _plain(animation.track_get_key_value(track, k))}
			if k and not (holds and not key["value"] is float):
				key["easing"] = "hold" if holds else _easing(before)
			before = animation.track_get_key_transition(track, k)
			keys.append(key)
		lanes[lane] = {"keys": keys}
	var made := {"lanes": lanes, "length": snappedf(animation.length, 0.0001)}
	if animation.has_method(&"get_marker_names"):
		var marks := {}
		for mark: StringName in animation.call(&"get_marker_names"):
			marks[str(mark)] = animation.call(&"get_marker_time", mark)
		if marks:
			made["marks"] = marks
	return made


static func _easing(transition: float) -> String:
	if transition < 0.0:
		return "smooth"
	return "linear" if is_equal_approx(transition, 1.0) else "in" if transition > 1.0 else "out"


static func _plain(value: Variant) -> Variant:
	if value is int:
		return float(value as int)
	return str(value) if value is StringName else Array(value) if typeof(value) >= TYPE_PACKED_BYTE_ARRAY else value
