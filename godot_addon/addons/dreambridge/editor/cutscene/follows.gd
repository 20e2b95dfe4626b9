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


## [{words, shot}]: each way on, with the shot to which it leads ("" : none).
static func ways(shot: Dictionary) -> Array[Dictionary]:
	var found: Array[Dictionary] = []
	_ways(shot.get("next"), "", found)
	return found


static func summary(shot: Dictionary) -> String:
	var words := PackedStringArray()
	for way in ways(shot):
		words.append(way["words"] as String)
	return ", ".join(words)


static func _ways(next: Variant, before: String, found: Array[Dictionary]) -> void:
	if next is String:
		found.append({"words": "%s→ %s" % [before, next], "shot": next})
	elif not next is Dictionary or (next as Dictionary).get("end"):
		found.append({"words": before + "end", "shot": ""})
	elif (next as Dictionary).has("shot"):
		_ways(next["shot"], before + ("cut " if next.get("cut") else ""), found)
	elif (next as Dictionary).has("wait"):
		_ways(next.get("then"), "%swait %s " % [before, next["wait"]], found)
		if next.has("otherwise"):
			_ways(next["otherwise"], "%safter %s s " % [before, Spans.write(next.get("limit", 0))], found)
	elif next.get("choice") is Array:
		for option: Variant in next["choice"]:
			if option is Dictionary:
				_ways((option as Dictionary).get("then"), "%s“%s” " % [before, (option as Dictionary).get("text", (option as Dictionary).get("id", ""))], found)
	elif next.get("branch") is Array:
		for case: Variant in next["branch"]:
			if case is Dictionary:
				_ways((case as Dictionary).get("then"), "%s%s " % [before, "if " + str(case["if"]) if (case as Dictionary).has("if") else "else"], found)
	else:
		found.append({"words": before + "?", "shot": ""})


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
