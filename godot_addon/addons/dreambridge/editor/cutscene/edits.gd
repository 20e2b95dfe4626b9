@tool
extends RefCounted
## What the cutscene editor does to a document: each edit takes its text and returns the new text. What is wrong with the result, the check
## of `dreambridge cutscene check` says; nothing is checked here.

const Spans := preload("json_spans.gd")
const EMPTY := "{\n  \"format\": \"1.0\",\n  \"name\": \"%s\",\n  \"bundle\": \"%s\",\n  \"start\": \"first\",\n  \"shots\": {\n    \"first\": {\n      \"lanes\": {},\n      \"length\": 4\n    }\n  }\n}\n"


## A new document.
static func fresh(title: String, bundle: String) -> String:
	return EMPTY % [title, bundle]


static func with_value(text: String, path: Array, value: Variant) -> String:
	var spans: Spans = Spans.of(text)
	return spans.replaced(path, value)


## Without the value at [param path]; what is empty then stays.
static func without(text: String, path: Array) -> String:
	var spans: Spans = Spans.of(text)
	return spans.removed(path)


## A key of a lane at another time; the keys stay in the order of their times.
static func with_key_at(text: String, shot: String, lane: String, index: int, at: float) -> String:
	var keys: Array = ["shots", shot, "lanes", lane, "keys"]
	return _in_order(with_value(text, keys + [index, "at"], at), keys)


## Several keys of any lanes, earlier or later by [param by]; the keys of each lane stay in the order of their times.
static func with_keys_shifted(text: String, shot: String, paths: Array[Array], by: float) -> String:
	var data: Dictionary = JSON.parse_string(text)
	var lanes := {}
	for path in paths:
		var whole: Array = ["shots", shot] + path
		lanes[path[1]] = true
		text = with_value(text, whole + ["at"], snappedf(maxf(0.0, (_at(data, whole)["at"] as float) + by), 0.0001))
	for lane: String in lanes:
		text = _in_order(text, ["shots", shot, "lanes", lane, "keys"])
	return text


## Without those keys and marks.
static func without_all(text: String, shot: String, paths: Array[Array]) -> String:
	var last_first := paths.duplicate()
	last_first.sort_custom(func(a: Array, b: Array) -> bool: return a.size() == 4 and b.size() == 4 and a[3] > b[3])
	for path: Array in last_first:
		text = without_key(text, shot, str(path[1]), path[3] as int) if path.size() == 4 else without(text, ["shots", shot] + path)
	return text


## One key more; the lane is made if the shot has none of that name.
static func with_key(text: String, shot: String, lane: String, at: float, value: Variant) -> String:
	var spans: Spans = Spans.of(text)
	var home: Array = ["shots", shot, "lanes"]
	if not spans.has(home):
		text = spans.replaced(home, {})
		spans = Spans.of(text)
	if not spans.has(home + [lane]):
		return spans.replaced(home + [lane], {"keys": [{"at": at, "value": value}]})
	var keys: Array = home + [lane, "keys"]
	return _in_order(spans.inserted(keys, 1 << 20, {"at": at, "value": value}), keys)


## Without that key; without its lane if it was the last.
static func without_key(text: String, shot: String, lane: String, index: int) -> String:
	var data: Dictionary = JSON.parse_string(text)
	var keys: Array = data["shots"][shot]["lanes"][lane]["keys"]
	var path: Array = ["shots", shot, "lanes", lane]
	return without(text, path + ["keys", index] if keys.size() > 1 else path)


## The value of a new key: that of the key before it; in a new lane the condition's default.
static func value_for(shot: Dictionary, lane: String, at: float, schema: Dictionary) -> Variant:
	var lanes: Dictionary = shot.get("lanes", {})
	var keys: Array = lanes[lane].get("keys", []) if lanes.get(lane) is Dictionary else []
	var value: Variant = keys[0].get("value") if keys else schema.get("default")
	for key: Dictionary in keys:
		if key.get("at", 0.0) <= at:
			value = key.get("value")
	if value != null or keys:
		return value
	var options: Array = schema.get("options", [])
	if options:
		return options[0]
	if schema.get("kind") == "text":
		return ""
	return 0.0


## The first of NAME_1, NAME_2 … that [param taken] does not have.
static func free_name(taken: Dictionary, named: String) -> String:
	var k := taken.size() + 1
	while taken.has("%s_%d" % [named, k]):
		k += 1
	return "%s_%d" % [named, k]


static func with_mark(text: String, shot: String, mark: String, at: float) -> String:
	var spans: Spans = Spans.of(text)
	if not spans.has(["shots", shot, "marks"]):
		return spans.replaced(["shots", shot, "marks"], {mark: at})
	return spans.replaced(["shots", shot, "marks", mark], at)


static func with_shot(text: String, shot: String) -> String:
	return with_value(text, ["shots", shot], {"lanes": {}, "length": 4.0})


## A shot has another name, also where others lead to it.
static func with_shot_named(text: String, shot: String, named: String) -> String:
	var spans: Spans = Spans.of(text)
	text = spans.renamed(["shots", shot], named)
	var data: Dictionary = JSON.parse_string(text)
	for path in targets(data):
		if _at(data, path) == shot:
			text = with_value(text, path, named)
	return text


## The paths of all values that name a shot: the start, and what follows each shot.
static func targets(data: Dictionary) -> Array[Array]:
	var found: Array[Array] = []
	if data.get("start") is String:
		found.append(["start"])
	var shots: Dictionary = data["shots"] if data.get("shots") is Dictionary else {}
	for shot: String in shots:
		if shots[shot] is Dictionary and (shots[shot] as Dictionary).has("next"):
			_collect(shots[shot]["next"], ["shots", shot, "next"], found)
	return found


static func _collect(next: Variant, path: Array, found: Array[Array]) -> void:
	if next is String:
		found.append(path)
	if not next is Dictionary:
		return
	var fields: Dictionary = next
	if fields.get("shot") is String:
		found.append(path + ["shot"])
	for field: String in ["then", "otherwise"]:
		if fields.has(field):
			_collect(fields[field], path + [field], found)
	for field: String in ["choice", "branch"]:
		if fields.get(field) is Array:
			for k in (fields[field] as Array).size():
				_collect(fields[field][k], path + [field, k], found)


static func _in_order(text: String, path: Array) -> String:
	var keys: Array = _at(JSON.parse_string(text) as Dictionary, path)
	var order: Array[int] = []
	for k in keys.size():
		order.append(k)
	order.sort_custom(func(a: int, b: int) -> bool: return keys[a].get("at", 0.0) < keys[b].get("at", 0.0) or (keys[a].get("at", 0.0) == keys[b].get("at", 0.0) and a < b))
	var spans: Spans = Spans.of(text)
	return spans.reordered(path, order)


static func _at(data: Variant, path: Array) -> Variant:
	for step: Variant in path:
		data = data[step]
	return data
