@tool
extends RefCounted
## What follows a shot, in words: for the list of shots and for the end of the timeline.


const Spans := preload("json_spans.gd")


## The seconds of a shot: its length, or the time of its last key or mark.
static func length_of(shot: Dictionary) -> float:
	if shot.get("length") is float:
		return shot["length"]
	var last := 0.0
	for at in _times(shot):
		last = maxf(last, at)
	return last


## [{words, shot, path}]: each way on, with the shot to which it leads ("" : none), and the path in the shot of what names it.
static func ways(shot: Dictionary) -> Array[Dictionary]:
	var found: Array[Dictionary] = []
	_ways(shot.get("next"), "", ["next"], found)
	return found


static func summary(shot: Dictionary) -> String:
	var words := PackedStringArray()
	for way in ways(shot):
		words.append(way["words"] as String)
	return ", ".join(words)


static func _ways(next: Variant, before: String, path: Array, found: Array[Dictionary]) -> void:
	var fields: Dictionary = next if next is Dictionary else {}
	if next is String:
		found.append({"words": "%s→ %s" % [before, next], "shot": next, "path": path})
	elif not next is Dictionary or fields.get("end"):
		found.append({"words": before + "end", "shot": "", "path": path})
	elif fields.has("shot"):
		_ways(fields["shot"], before + ("cut " if fields.get("cut") else ""), path + ["shot"], found)
	elif fields.has("wait"):
		_ways(fields.get("then"), "%swait %s " % [before, fields["wait"]], path + ["then"], found)
		if fields.has("otherwise"):
			_ways(fields["otherwise"], "%safter %s s " % [before, Spans.write(fields.get("limit", 0))], path + ["otherwise"], found)
	elif fields.get("choice") is Array:
		_ways_of_list(fields["choice"] as Array, path + ["choice"], before, found)
	elif fields.get("branch") is Array:
		_ways_of_list(fields["branch"] as Array, path + ["branch"], before, found)
	else:
		found.append({"words": before + "?", "shot": "", "path": path})


static func _ways_of_list(list: Array, path: Array, before: String, found: Array[Dictionary]) -> void:
	for k in list.size():
		if list[k] is Dictionary:
			var one: Dictionary = list[k]
			var words := "if %s " % one["if"] if one.has("if") else "else " if path[-1] == "branch" else "“%s” " % one.get("text", one.get("id", ""))
			_ways(one.get("then"), before + words, path + [k, "then"], found)


static func _times(shot: Dictionary) -> Array[float]:
	var found: Array[float] = []
	var marks: Variant = shot.get("marks")
	for at: Variant in (marks as Dictionary).values() if marks is Dictionary else []:
		if at is float:
			found.append(at as float)
	for lane: Variant in DreamCutscene._parts(shot, "lanes"):
		var keys: Variant = (lane as Dictionary).get("keys")
		for key: Variant in keys as Array if keys is Array else []:
			if key is Dictionary and (key as Dictionary).get("at") is float:
				found.append((key as Dictionary)["at"] as float)
	return found
