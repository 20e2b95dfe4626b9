@tool
extends RefCounted
## The parts of a shot by their paths: keys (["lanes", lane, "keys", index]), marks (["marks", name]) and the end (["length"]). A document that is
## being written may have anything in their places.

const Follows := preload("follows.gd")
const END := ["length"]

var shot := {}


func lanes() -> Array:
	return (shot["lanes"] as Dictionary).keys() if shot.get("lanes") is Dictionary else []


func keys(lane: String) -> Array:
	var found: Variant = shot["lanes"][lane].get("keys") if shot["lanes"][lane] is Dictionary else null
	return found if found is Array else []


func marks() -> Dictionary:
	return shot["marks"] if shot.get("marks") is Dictionary else {}


func all_keys() -> Array[Array]:
	var found: Array[Array] = []
	for lane: String in lanes():
		for k in keys(lane).size():
			found.append(["lanes", lane, "keys", k])
	return found


func has(path: Array) -> bool:
	if is_key(path):
		return path[1] in lanes() and int(path[3] as float) < keys(path[1] as String).size()
	return path == END or path.size() == 2 and marks().has(path[1])


static func is_key(path: Array) -> bool:
	return path.size() == 4


## The second of a key, a mark or the end.
func time_of(path: Array) -> float:
	var at: Variant = Follows.length_of(shot)
	if is_key(path):
		var key: Variant = keys(path[1] as String)[path[3]]
		at = (key as Dictionary).get("at") if key is Dictionary else 0.0
	elif path.size() == 2:
		at = marks()[path[1]]
	return at if at is float else 0.0
