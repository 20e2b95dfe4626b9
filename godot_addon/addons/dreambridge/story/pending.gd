extends RefCounted
## Directions that cannot be sent yet, merged so that they never queue up (SCRIPT.md, "What waits").

const MAX_PENDING := 64
const CUTSCENE: Array[String] = ["play", "stop", "signal", "choose", "set", "release"]

var _list: Array[Dictionary] = []
# Tells whether a condition is over by itself: an event or a delta.
var _is_momentary: Callable


func _init(is_momentary: Callable) -> void:
	_is_momentary = is_momentary


func is_empty() -> bool:
	return _list.is_empty()


func size() -> int:
	return _list.size()


## What waits, in the story's order; nothing waits then.
func take() -> Array[Dictionary]:
	var out := _list
	_list = []
	return out


## A later direction replaces what an earlier one said about the same thing. Of more than 64 the oldest goes.
func add(s: Dictionary) -> void:
	match s["do"]:
		"direct", "set":
			_without(str(s["do"]), (s["values"] as Dictionary).keys())
		"cut":
			s = _cut(s)
		"play", "stop":
			_list = _list.filter(func(p: Dictionary) -> bool: return not p["do"] in CUTSCENE)
		_:
			_list = _list.filter(func(p: Dictionary) -> bool: return _thing(p) != _thing(s))
	_list.append(s)
	if _list.size() > MAX_PENDING:
		_list.pop_front()


## These were taken and could not be sent: they wait before what was told since, which replaces what they say.
func put_back(taken: Array[Dictionary]) -> void:
	var since := take()
	for s in taken + since:
		add(s)


func _without(verb: String, names: Array) -> void:
	var left: Array[Dictionary] = []
	for p in _list:
		if p["do"] == verb:
			p = p.duplicate(true)
			for named: Variant in names:
				(p["values"] as Dictionary).erase(named)
			if (p["values"] as Dictionary).is_empty():
				continue
		left.append(p)
	_list = left


## A cut, with all that was directed before it except events and deltas.
func _cut(s: Dictionary) -> Dictionary:
	var values := {}
	var out := s.duplicate(true)
	var left: Array[Dictionary] = []
	for p in _list:
		if not p["do"] in ["direct", "cut"]:
			left.append(p)
			continue
		for named: String in p["values"]:
			if not _is_momentary.call(named):
				values[named] = p["values"][named]
		if p.has("seed") and not s.has("seed"):
			out["seed"] = p["seed"]
	_list = left
	values.merge(s["values"] as Dictionary, true)
	out["values"] = values
	return out


static func _thing(s: Dictionary) -> Array:
	return [s["do"], s.get("name", ""), s.get("names", [])]
