extends RefCounted
## Options made ahead while the player reads: a fork of the stream for each one, and choosing adopts it.

# What a fork can do.
const CHANGES: Array[String] = ["direct", "cut", "choose", "signal"]

var _director: WeakRef
# Index of the option to {fork (its number), own (its values)}.
var _made := {}
# The effective conditions, and the director's count of other directions, when they were made.
var _before := {}
var _changes := 0
# The forks of an earlier choice are dropped before the next ones are made.
var _busy := false
# Counts the choices: what is made for an earlier one stops.
var _choice := 0


func _init(director: DreamDirector) -> void:
	_director = weakref(director)


## The options are known: fork for those whose directions can be made ahead. Does not wait.
func prepare(options: Array) -> void:
	_choice += 1
	var choice := _choice
	var director: DreamDirector = _director.get_ref()
	while director._in_tree and _busy:
		await director._woken
	if choice != _choice or director.preroll <= 0.0 or not director.is_ready_to_send():
		return
	_busy = true
	await _drop(director)
	await director.idle()
	_before = director.stream._session.effective.duplicate(true)
	_changes = director._changes
	for index in options.size():
		var directions: Array[Dictionary] = options[index]
		var changes := directions.filter(func(s: Dictionary) -> bool: return s["do"] != "wait")
		var possible := changes.all(func(s: Dictionary) -> bool: return s["do"] in CHANGES)
		if choice == _choice and changes and possible and _made.size() < director.forks and director.is_ready_to_send():
			await _fork(director, index, changes)
	_busy = false


func _fork(director: DreamDirector, index: int, changes: Array[Dictionary]) -> void:
	var told := await _ask(director, "fork", {})
	if told.is_empty():
		return
	var number: int = told["fork"]
	var own := {}
	for s in changes:
		var done := await _ask(director, _KIND[s["do"]], _fields(director, s).merged({"fork": number}))
		if done.is_empty():
			# Refused: the option is directed, and then its error is told.
			await _ask(director, "drop", {"fork": number})
			return
		own.merge(s.get("values", {}) as Dictionary, true)
	var fps: float = director.stream.info.get("fps", 0.0)
	var per: int = director.stream.info.get("frames_per_step", 1)
	var steps := clampi(ceili(director.preroll * (fps if fps > 0.0 else 24.0) / per), 1, 240)
	await _ask(director, "fork_prepare", {"fork": number, "steps": steps, "within": 0.0})
	_made[index] = {"fork": number, "own": own}


const _KIND := {"direct": "fork_direct", "cut": "fork_direct", "choose": "fork_choose", "signal": "fork_signal"}


func _fields(director: DreamDirector, s: Dictionary) -> Dictionary:
	match s["do"]:
		"choose":
			return {"option": s["name"]}
		"signal":
			return {"name": s["name"]}
	var fields := {"values": director.stream._plain(s["values"] as Dictionary)}
	if s["do"] == "cut":
		fields["cut"] = true
	for key: String in ["over", "easing", "seed"]:
		if s.has(key):
			fields[key] = s[key]
	return fields


## The player chose. False: the option has no fork, or one that lacks something; direct it.
func adopt(index: int) -> bool:
	_choice += 1
	var director: DreamDirector = _director.get_ref()
	while director._in_tree and _busy:
		await director._woken
	if not director._in_tree:
		return false
	_busy = true
	var mine: Dictionary = _made.get(index, {})
	# Something else than a change of conditions came since: the fork does not have it.
	var fits := _changes == director._changes and director._pending.is_empty() and not director._sending
	var done := not mine.is_empty() and fits and await _become(director, mine)
	if done:
		_made.erase(index)
		director.adopted += 1
	else:
		director.directed += 1
	_busy = false
	_drop_all(director)
	return done


## The stream goes on as the fork, with what the game directed by itself meanwhile.
func _become(director: DreamDirector, mine: Dictionary) -> bool:
	var since := {}
	var now: Dictionary = director.stream._session.effective
	for condition: Variant in now:
		if not (mine["own"] as Dictionary).has(condition) and (not _before.has(condition) or _before[condition] != now[condition]):
			since[condition] = now[condition]
	var told := await _ask(director, "adopt", {"fork": mine["fork"]})
	if told.is_empty():
		return false
	director._ticket = -1
	director._revision = told["revision"]
	director._refused = false
	if since:
		director._ticket = director.stream.direct(since, 0.0)
		director._revision = -1
	return true


func _drop_all(director: DreamDirector) -> void:
	if not _busy and _made:
		_busy = true
		await _drop(director)
		_busy = false


func _drop(director: DreamDirector) -> void:
	var made := _made
	_made = {}
	for index: int in made:
		await _ask(director, "drop", {"fork": made[index]["fork"]})


## Empty: it was refused, or the stream is gone. Nobody is told: the option is directed then.
func _ask(director: DreamDirector, kind: String, fields: Dictionary) -> Dictionary:
	if not director._in_tree or not is_instance_valid(director.stream):
		return {}
	var reply := await director.stream._playback.answer(kind, fields, false)
	return {} if reply.get("type") == "error" else reply
