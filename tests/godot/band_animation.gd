@tool
extends RefCounted
## The animation that keys all six conditions of the bundle of bands, what it says at a time, and the bands of a picture.

const LENGTH := 3.0
const LEVELS := {"low": 0.0, "middle": 0.5, "high": 1.0}


static func animation() -> Animation:
	var made := Animation.new()
	made.length = LENGTH
	var keys := {
		"a": [[0.0, 0.0], [3.0, 1.0]], "b": [[0.0, 1.0], [3.0, 0.0]], "c": [[0.0, 0.2], [1.5, 0.8], [3.0, 0.4]], "d": [[0.0, 0.0], [1.0, 0.0], [3.0, 0.9]],
		"e": [[0.0, "low"], [1.0, "middle"], [2.0, "high"]], "f": [[0.0, Vector2(0.1, 0)], [3.0, Vector2(0.7, 0)]],
	}
	for condition: String in keys:
		var track := made.add_track(Animation.TYPE_VALUE)
		made.track_set_path(track, NodePath("DreamStream:conditions/" + condition))
		if condition == "e":
			made.value_track_set_update_mode(track, Animation.UPDATE_DISCRETE)
		for key: Array in keys[condition]:
			made.track_insert_key(track, key[0] as float, key[1])
	return made


static func player(parent: Node, played: Animation) -> AnimationPlayer:
	var library := AnimationLibrary.new()
	library.add_animation("bands", played)
	var made := AnimationPlayer.new()
	parent.add_child(made)
	made.root_node = made.get_path_to(parent)
	made.add_animation_library("", library)
	made.assigned_animation = "bands"
	return made


## The six bands at that time, 0 to 255.
static func at(of: Animation, time: float) -> Array[int]:
	var bands: Array[int] = []
	for track in of.get_track_count():
		var value: Variant = of.value_track_interpolate(track, time)
		var share: float = LEVELS[value] if value is String else (value as Vector2).x if value is Vector2 else value
		bands.append(roundi(share * 255.0))
	return bands


static func says(of: Animation) -> Array:
	return range(int(LENGTH * 100) + 1).map(func(k: int) -> Array: return at(of, k / 100.0))


static func read(image: Image) -> Array[int]:
	var bands: Array[int] = []
	for k in 6:
		bands.append(image.get_pixel(image.get_width() >> 1, int((k + 0.5) * image.get_height() / 8)).r8 if image else -1)
	return bands
