extends RefCounted
## Options made ahead while the player reads: a fork of the stream for each one, and choosing adopts it. Another stream gets another one of these.
##
## The director or the stream may be freed during each await: what awaits keeps a reference to this object, and looks at both again.

# What a fork can do.
const CHANGES: Array[String] = ["direct", "cut", "choose", "signal"]
const KIND := {"direct": "fork_direct", "cut": "fork_direct", "choose": "fork_choose", "signal": "fork_signal"}

var _director: WeakRef
var _stream: DreamStream
# Index of the option to {fork (its number), own (its values)}.
var _made := {}
# Numbers of forks that nobody chose and that the daemon still has.
var _unwanted: Array[int] = []
# The effective conditions, and the count of other directions that were sent, when they were made.
var _before := {}
var _changes := 0
# The forks of an earlier choice are dropped before the next ones are made.
var _busy := false
# Counts the choices: what is made for an earlier one stops.
var _choice := 0
# Counts how often the director has gone: nobody wants what is being made then.
var _departures := 0


func _init(director: DreamDirector, stream: DreamStream) -> void:
	_director = weakref(director)
	_stream = stream


## Does the director still direct this stream?
func is_current() -> bool:
	var director: DreamDirector = _director.get_ref()
	return director != null and director._in_tree and director._ahead == self and is_instance_valid(_stream)


func _is_ready() -> bool:
	return is_current() and (_director.get_ref() as DreamDirector).is_ready_to_send()


## The options are known: fork for those whose directions can be made ahead. Does not wait.
func prepare(options: Array) -> void:
	var _held: RefCounted = self
	_choice += 1
	var choice := _choice
	if await _takes_turn(choice):
		await _drop()
		await _make(options, choice)
		_busy = false


## Wait until nothing else is made or adopted. False: the director has gone, or (with [param choice]) another choice has come.
func _takes_turn(choice: int) -> bool:
	while is_current() and _busy:
		await (_director.get_ref() as DreamDirector)._woken
	if not is_current() or choice != _choice:
		return false
	_busy = true
	return true


func _make(options: Array, choice: int) -> void:
	if _is_ready():
		await (_director.get_ref() as DreamDirector).idle()
	if not _is_ready():
		return
	var director: DreamDirector = _director.get_ref()
	_before = _stream._session.effective.duplicate(true)
	_changes = director._sent.changes
	for index in options.size():
		if not _is_ready() or choice != _choice or director.preroll <= 0.0 or _made.size() >= director.forks:
			return
		var directions: Array[Dictionary] = options[index]
		var changes := directions.filter(func(s: Dictionary) -> bool: return s["do"] != "wait")
		if changes and changes.all(func(s: Dictionary) -> bool: return s["do"] in CHANGES):
			await _fork(index, changes)


func _fork(index: int, changes: Array[Dictionary]) -> void:
	var departures := _departures
	var told := await _ask("fork", {})
	if told.is_empty():
		return
	var number: int = told["fork"]
	var own := {}
	for s in changes:
		var done := await _ask(str(KIND[s["do"]]), _fields(s).merged({"fork": number})) if is_current() and departures == _departures else {}
		if done.is_empty():
			# Refused: the option is directed, and then its error is told. Or nobody wants it any more.
			_let_go(number)
			return
		own.merge(s.get("values", {}) as Dictionary, true)
	if not is_current() or departures != _departures:
		_let_go(number)
		return
	var fps: float = _stream.info.get("fps", 0.0)
	var per: int = _stream.info.get("frames_per_step", 1)
	var seconds := (_director.get_ref() as DreamDirector).preroll
	# Before the answer to the next request: who leaves now finds it.
	_made[index] = {"fork": number, "own": own}
	await _ask("fork_prepare", {"fork": number, "steps": clampi(ceili(seconds * (fps if fps > 0.0 else 24.0) / per), 1, 240), "within": 0.0})


func _fields(s: Dictionary) -> Dictionary:
	match s["do"]:
		"choose":
			return {"option": s["name"]}
		"signal":
			return {"name": s["name"]}
	var fields := {"values": _stream._plain(s["values"] as Dictionary)}
	if s["do"] == "cut":
		fields["cut"] = true
	for key: String in ["over", "easing", "seed"]:
		if s.has(key):
			fields[key] = s[key]
	return fields


## The player chose. False: the option has no fork, or one that lacks something; direct it.
func adopt(index: int) -> bool:
	var _held: RefCounted = self
	_choice += 1
	if not await _takes_turn(_choice):
		return false
	var director: DreamDirector = _director.get_ref()
	var mine: Dictionary = _made.get(index, {})
	# Something else than a change of conditions came since: the fork does not have it.
	var fits := _changes == director._sent.changes and director._pending.is_empty() and not director._sent.busy
	var done := not mine.is_empty() and fits and await _become(mine)
	if done:
		_made.erase(index)
	if is_current():
		director.adopted += 1 if done else 0
		director.directed += 0 if done else 1
	_busy = false
	drop_all()
	return done


## The stream goes on as the fork, with what the game directed by itself meanwhile.
func _become(mine: Dictionary) -> bool:
	var since := {}
	var now: Dictionary = _stream._session.effective
	for condition: Variant in now:
		if not (mine["own"] as Dictionary).has(condition) and (not _before.has(condition) or _before[condition] != now[condition]):
			since[condition] = now[condition]
	var told := await _ask("adopt", {"fork": mine["fork"]})
	if told.is_empty() or not is_current():
		return false
	var sent := (_director.get_ref() as DreamDirector)._sent
	sent.ticket = -1
	sent.revision = told["revision"]
	sent.refused = false
	if since:
		sent.ticket = _stream.direct(since, 0.0)
		sent.revision = -1
	return true


## End what was made ahead, if nothing is made now. Does not wait.
func drop_all() -> void:
	var _held: RefCounted = self
	if not _busy and (_made or _unwanted):
		_busy = true
		await _drop()
		_busy = false


## The director leaves the tree, or directs another stream: nobody can adopt what was made. Does not wait.
func abandon() -> void:
	_choice += 1
	_departures += 1
	_set_aside()
	for number in _unwanted:
		_let_go(number)
	_unwanted.clear()


## The stream was opened again, without forks.
func forget() -> void:
	_made = {}
	_unwanted.clear()


func _set_aside() -> void:
	for index: int in _made:
		_unwanted.append(_made[index]["fork"] as int)
	_made = {}


## What cannot be dropped now, because the connection is lost, is dropped before the next ones are made.
func _drop() -> void:
	_set_aside()
	while _unwanted and _is_ready():
		var number: int = _unwanted.pop_front()
		await _ask("drop", {"fork": number})


func _let_go(number: int) -> void:
	if is_instance_valid(_stream) and _stream.is_running():
		_stream._session.ask("drop", {"fork": number})


## Empty: it was refused, or the stream is gone. Nobody is told: the option is directed then.
func _ask(kind: String, fields: Dictionary) -> Dictionary:
	if not is_instance_valid(_stream) or not _stream.is_running():
		return {}
	var reply := await _stream._playback.answer(kind, fields, false)
	return {} if reply.get("type") == "error" else reply
