extends RefCounted
## The cutscene of a stream as its game sees it: loaded with its files, played by the daemon, told when its frames are shown,
## and continued at the same place when the daemon is back. Knows the session, nothing of nodes.

## Something happened, and the frame for which it holds is shown; the fields are those of the event `cutscene` (PROTOCOL.md).
signal happened(event: Dictionary)
signal failed(code: String, message: String, hint: String)

enum Progress { NONE, LOADING, BEGUN, REFUSED }

const Session := preload("session.gd")
const Held := preload("held.gd")
const STATUS_AFTER := {"waiting": "waiting", "choice": "choosing", "ended": "ended"}

## How far the last [method play] has come.
var progress := Progress.NONE
## The number of that call.
var run := 0
## Where the picture stands: "playing", "waiting", "choosing" or "ended", its shot, the variables.
var status := "ended"
var shot := ""
var variables := {}
## Name to {seconds, marks}, and what may be wrong in the document, each with line and column.
var shots := {}
var warnings: Array = []

var _session: Session
var _text := ""
var _files := {}
# Where to begin: shot, mark, at, variables.
var _place := {}
var _running := false
# The game has stopped it: there is nothing to continue when the daemon is back.
var _stopped := false
# The session was opened paused, so that nothing is shown before the cutscene is at its place.
## Was the stream opened paused, until the cutscene is loaded?
var opened_paused := false
# Events of the cutscene before this one may still come: they are not this one's.
var _heard_first := false
var _held := Held.new()
# Conditions that the game has directed, and not released: they stay so when the daemon is back.
var _of_game := {}
# {what, named, answer}: who waits for something to happen.
var _waits: Array[Dictionary] = []
# Stream time of the shot's second 0, of the second 0 of its sound (NAN: it has none), and of the frame that is shown.
var _began := 0.0
var _sound_began := NAN
var _shown_time := 0.0


func _init(session: Session) -> void:
	_session = session
	_session.opened.connect(_on_opened)
	_session.returned.connect(_on_returned)
	_session.cutscene.connect(_on_event)
	_session.going.connect(_held.going)
	_session.directed.connect(_on_directed)
	_session.went.connect(_on_went)


## Load the document and play it, now or as soon as the stream is open. [param files] : name to bytes. Returns the number of this run.
func play(text: String, files: Dictionary, place: Dictionary) -> int:
	_forget_run()
	run += 1
	_text = text
	_files = files
	_place = place
	_running = true
	progress = Progress.LOADING
	_session.opens_paused = true
	_load_and_play()
	return run


## The stream was stopped, or nobody waits for this cutscene any more.
func forget() -> void:
	_forget_run()
	progress = Progress.NONE


## Does it still have to get to its place, in a session that was opened again? What a story tells it waits for that.
func is_returning() -> bool:
	return _running and opened_paused and progress == Progress.BEGUN


## What a save keeps of it: document, shot and variables; null if none plays.
func saved() -> Variant:
	if not _running or progress != Progress.BEGUN:
		return null
	return {"document": _text, "shot": shot, "variables": variables}


## Load a document with its files, and leave what the game sees of the cutscene: [method go_on_from] may follow. False when no daemon is there.
func load_only(text: String, files: Dictionary, on_reply: Callable) -> bool:
	return _load("cutscene_load", text, files, on_reply)


## The session plays it already: it was loaded with a save, at [param at]. Returns the number of this run.
func go_on_from(at: Dictionary, files := {}) -> int:
	_forget_run()
	run += 1
	_text = at["document"]
	_files = files
	_running = true
	_heard_first = true
	progress = Progress.BEGUN
	shot = str(at.get("shot", ""))
	status = "playing"
	var kept: Dictionary = at.get("variables", {})
	variables = kept.duplicate()
	_place = {"shot": shot, "mark": "", "at": 0.0, "variables": variables}
	_session.opens_paused = true
	_session.ask("cutscene_set", {"values": {}}, _looked.bind(run))
	return run


## Put another version in the place of the one that plays. [param on_reply] gets the daemon's reply.
func replace(text: String, files: Dictionary, on_reply: Callable) -> bool:
	return _load("cutscene_replace", text, files, _replaced.bind(text, files, on_reply))


## A request about the cutscene; [param on_reply] gets the reply. False when no daemon is there.
func ask(kind: String, fields: Dictionary, on_reply: Callable) -> bool:
	return _session.ask(kind, fields, _answered.bind(kind, fields, run, on_reply))


## {answer: null}: becomes true when [param what] happens (to [param named], if given), false when the cutscene ends without it.
func expect(what: String, named: String) -> Dictionary:
	var wait := {"what": what, "named": named, "answer": null}
	if _running:
		_waits.append(wait)
	else:
		wait["answer"] = what == "ended" and progress == Progress.BEGUN
	return wait


## Once a tick, after the frame is in the texture: tells what holds for it.
func tick() -> void:
	_session.cutscene_plays = _running
	var reader := _session.reader
	if reader.shown == 0 or _session.awaits_view():
		return
	_shown_time = reader.time
	if _held.is_idle():
		return
	var m := _held.take(reader.index, reader.shown, reader.flags)
	while m:
		_take(m)
		m = _held.take(reader.index, reader.shown, reader.flags)


## Second of the shot's sound at the frame that is shown; NAN: it has none.
func sound_second() -> float:
	return _shown_time - _sound_began


func _forget_run() -> void:
	_running = false
	_stopped = false
	_heard_first = false
	_session.opens_paused = false
	status = "ended"
	shot = ""
	variables = {}
	_sound_began = NAN
	_held.clear()
	_of_game.clear()
	_answer_waits(false)


# -- loading ------------------------------------------------------------------------------------------------------------

func _load_and_play() -> void:
	_load("cutscene_load", _text, _files, _loaded.bind(run))


func _load(kind: String, text: String, files: Dictionary, on_reply: Callable, again := false) -> bool:
	var digests := {}
	for named: String in files:
		digests[named] = _digest(files[named] as PackedByteArray)
	return _session.ask(kind, {"document": text, "files": digests}, _checked.bind(kind, text, files, digests, on_reply, again))


func _checked(m: Dictionary, kind: String, text: String, files: Dictionary, digests: Dictionary, on_reply: Callable, again: bool) -> void:
	var missing: Array = m.get("missing", [])
	if missing.is_empty():
		on_reply.call(m)
	elif again:
		on_reply.call({
			"type": "error", "code": "too_large", "message": "The files of the cutscene do not fit into the daemon.",
			"hint": "Use fewer or smaller files.",
		})
	else:
		for named: String in files:
			if digests[named] in missing:
				missing.erase(digests[named])
				_session.channel.ask({"type": "put_file", "data": files[named]}, _put)
		# The daemon carries out in the order in which it is asked.
		_load(kind, text, files, on_reply, true)


func _put(m: Dictionary) -> void:
	if m["type"] == "error" and m["code"] != "daemon_gone":
		failed.emit(str(m["code"]), str(m["message"]), str(m["hint"]))


func _loaded(m: Dictionary, of_run: int) -> void:
	if of_run != run or not _running or _gone(m):
		return
	if m["type"] == "error":
		_refuse(m)
		return
	shots = m["shots"]
	warnings = m["warnings"]
	var fields := {"at": _place["at"], "variables": _place["variables"], "preroll": _place.get("preroll", 0.0)}
	if progress == Progress.BEGUN:
		_on_directed(_session.unanswered())
		fields["held"] = _of_game.keys()
		if shots.has(_place["shot"]):
			fields["at"] = minf(_place["at"] as float, shots[_place["shot"]]["seconds"] as float)
	for key: String in ["shot", "mark"]:
		if _place[key]:
			fields[key] = _place[key]
	_session.ask("cutscene_play", fields, _begun.bind(of_run))


func _begun(m: Dictionary, of_run: int) -> void:
	if of_run != run or not _running or _gone(m):
		return
	if m["type"] == "error":
		_refuse(m)
		return
	progress = Progress.BEGUN
	variables = (_place["variables"] as Dictionary).duplicate()
	_held.clear()
	_heard_first = false
	_hear(m)
	_go_on()


func _refuse(m: Dictionary) -> void:
	_forget_run()
	progress = Progress.REFUSED
	failed.emit(str(m["code"]), str(m["message"]), str(m["hint"]))
	_go_on()


## The stream that was opened paused for the cutscene runs, unless the game has paused it.
func _go_on() -> void:
	if opened_paused and not _session.want.get("paused", false) and not _session.stands_still:
		_session.ask("resume")
	opened_paused = false


func _replaced(m: Dictionary, text: String, files: Dictionary, on_reply: Callable) -> void:
	if m["type"] != "error":
		_text = text
		_files = files
		shots = m["shots"]
		warnings = m["warnings"]
		# Its marks may be elsewhere, and its sound another one: where it is now.
		_session.ask("cutscene_set", {"values": {}}, _looked.bind(run))
	if on_reply.is_valid():
		on_reply.call(m)


# -- playing ------------------------------------------------------------------------------------------------------------

func _answered(m: Dictionary, kind: String, fields: Dictionary, of_run: int, on_reply: Callable) -> void:
	if of_run == run and m["type"] == "cutscene_status":
		_hear(m)
		if kind == "cutscene_set":
			variables.merge(fields["values"] as Dictionary, true)
		elif kind == "cutscene_stop":
			_stopped = true
			_session.opens_paused = false
	if on_reply.is_valid():
		on_reply.call(m)


func _on_event(m: Dictionary) -> void:
	_heard_first = _heard_first or (progress == Progress.BEGUN and m["happened"] == "shot")
	if _heard_first:
		_hear(m)


## The daemon's word, which holds for a frame to come. What the game has directed holds at once.
func _hear(m: Dictionary) -> void:
	_held.hold(m)
	_of_game.clear()
	_on_directed(m.get("held", []) as Array)


func _on_directed(conditions: Array) -> void:
	if _running:
		for condition: Variant in conditions:
			_of_game[condition] = true


func _on_went(m: Dictionary) -> void:
	_held.went(m, _session.reader.shown)
	if m and m["type"] != "error":
		_stopped = false  # the game has stopped it after that place


func _take(m: Dictionary) -> void:
	shot = m["shot"]
	_began = m["time"] - m["at"]
	_sound_began = m["time"] - m["sound"] if m.get("sound") != null else NAN
	if m["type"] == "cutscene_status":
		status = m["status"]
		return
	status = STATUS_AFTER.get(m["happened"], "playing")
	if status != "ended" and progress == Progress.BEGUN and not _running:
		# The stream went back to where it played.
		_running = true
		_session.opens_paused = true
	variables = (m.get("variables", {}) as Dictionary).duplicate()
	for wait in _waits:
		if wait["what"] == m["happened"] and wait["named"] in ["", m.get("name", ""), m["shot"] if m["happened"] == "shot" else ""]:
			wait["answer"] = true
	_waits = _waits.filter(func(wait: Dictionary) -> bool: return wait["answer"] == null)
	if status == "ended":
		_running = false
		_session.opens_paused = false
		_answer_waits(false)
	happened.emit(m)


func _answer_waits(answer: bool) -> void:
	for wait in _waits:
		wait["answer"] = answer
	_waits.clear()


# -- when the daemon is back ----------------------------------------------------------------------------------------------

func _on_opened(_info: Dictionary) -> void:
	_held.clear()
	if _stopped:
		_forget_run()
	if not _running:
		return
	opened_paused = true
	if progress == Progress.BEGUN and shot:
		_place = {"shot": shot, "mark": "", "at": maxf(0.0, _shown_time - _began), "variables": variables.duplicate(), "preroll": _place.get("preroll", 0.0)}
	_load_and_play()


## The session lives: what was asked may not have been heard, and what happened meanwhile may not have been told.
func _on_returned() -> void:
	if not _running:
		return
	if progress == Progress.LOADING or is_returning():
		_load_and_play()
	else:
		_session.ask("cutscene_set", {"values": {}}, _looked.bind(run))


func _looked(m: Dictionary, of_run: int) -> void:
	if of_run != run or m["type"] != "cutscene_status":
		return
	if m["status"] == "ended":
		_hear(m.merged({"type": "cutscene", "happened": "ended", "variables": variables}, true))
	else:
		_hear(m)


func _gone(m: Dictionary) -> bool:
	return m["type"] == "error" and m["code"] == "daemon_gone"


static func _digest(data: PackedByteArray) -> String:
	var hashing := HashingContext.new()
	hashing.start(HashingContext.HASH_SHA256)
	if data:
		hashing.update(data)
	return hashing.finish().hex_encode()
