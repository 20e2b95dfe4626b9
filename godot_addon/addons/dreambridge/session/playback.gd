extends RefCounted
## A stream between its start and its stop: session, cutscene and the daemon's starter together, and what awaits something of them.
## Also what holds when a node comes back into a tree that it left while it ran.

## What awaits something looks again: at each frame, and when the stream stops.
signal woken
signal failed(code: String, message: String, hint: String)

const Session := preload("session.gd")
const Cutscene := preload("cutscene.gd")
const Starter := preload("starter.gd")
const MAX_WAIT_MS := 30000
# While no daemon answers, its files are looked at so often: that takes a millisecond.
const LOOK_MS := 100

var session := Session.new()
var cutscene := Cutscene.new(session)
var starter := Starter.new()
var running := false
## {values, want} for the next [method start], of the stream that it continues; empty: a new one.
var left := {}

var _looked := 0


## Look for the daemon and open the stream.
func start(daemon: String, python: String, request: Dictionary, conditions: Dictionary) -> void:
	running = true
	starter.begin(daemon, python)
	if starter.is_impossible():
		left = {}
		_say_impossible.call_deferred()
		return
	session.start(starter.daemon, request.merged(left.get("want", {}), true), conditions.merged(left.get("values", {}), true))
	left = {}


func stop() -> void:
	left = {}
	if running:
		_end(Session.State.CLOSED, "")


## Stop, and let the next [method start] continue with the same seed and conditions.
func leave() -> void:
	if not running:
		return
	var values := session.effective.duplicate()
	var want := {"seed": session.want["seed"], "paused": session.want.get("paused", false)}
	stop()
	left = {"values": values, "want": want}


## Is there no way on without a change: no daemon answers, or the stream failed?
func is_hopeless() -> bool:
	return session.state == Session.State.FAILED or (starter.told and session.state == Session.State.SEARCHING)


## On the main thread, once a tick; the pixels of a new frame, or an empty array.
func tick() -> PackedByteArray:
	return session.tick()


## Once a tick in a paused tree, which shows no frames: what was asked is sent and answered.
func hear() -> void:
	session.hear()
	look_after()


## Once a tick, after the frame was shown: look after the daemon.
func look_after() -> void:
	if session.state != Session.State.SEARCHING and session.state != Session.State.LOST or Time.get_ticks_msec() - _looked < LOOK_MS:
		return
	_looked = Time.get_ticks_msec()
	if session.state == Session.State.SEARCHING:
		var trouble := starter.trouble()
		if trouble:
			failed.emit(trouble[0], trouble[1], trouble[2])
	elif starter.gives_up():
		_give_up()
	else:
		starter.start_again()
		if session.channel.daemon != starter.daemon:
			session.channel.rename(starter.daemon)


## Wait until the frame with that direction is taken: true. False if it was refused, at the stop, and after [param timeout] seconds.
func shown(ticket: int, timeout: float) -> bool:
	var until := Time.get_ticks_msec() + int(timeout * 1000)
	while running and Time.get_ticks_msec() < until:
		if session.is_shown(ticket):
			return true
		if session.is_refused(ticket):
			return false
		await woken
	return false


## Wait until the transitions of that direction have ended: true. False if it was refused or replaced, at the stop, and after
## [param timeout] seconds.
func settled(ticket: int, timeout: float) -> bool:
	var until := Time.get_ticks_msec() + int(timeout * 1000)
	while running and Time.get_ticks_msec() < until:
		if session.is_refused(ticket):
			return false
		if session.is_settled(ticket):
			return not session.is_replaced(ticket)
		await woken
	return false


## The reply to the document of a cutscene, when the daemon has its files; or the error.
func loaded_cutscene(document: String, files: Dictionary) -> Dictionary:
	var got := [{}]
	var take := func(reply: Dictionary) -> void: got[0] = reply
	if not cutscene.load_only(document, files, take):
		return {}
	return await _answered(got)


## The reply to a request about this session; empty after an error, which is told. Without [param tells] the error is returned.
func answer(kind: String, fields: Dictionary, tells := true) -> Dictionary:
	var got := [{}]
	var take := func(reply: Dictionary) -> void: got[0] = reply
	if not session.ask(kind, fields, take):
		return {}
	var m := await _answered(got)
	if m.get("type") == "error" and tells:
		failed.emit(str(m["code"]), str(m["message"]), str(m["hint"]))
		return {}
	return m


func _answered(got: Array) -> Dictionary:
	var until := Time.get_ticks_msec() + MAX_WAIT_MS
	while running and (got[0] as Dictionary).is_empty() and Time.get_ticks_msec() < until:
		await woken
	return got[0]


## The daemon ends again and again: say so, and leave it until [method start] is called.
func _give_up() -> void:
	var error := starter.ended()
	_end(Session.State.FAILED, error[1])
	failed.emit(error[0], error[1], error[2])


# Later: whoever starts a stream connects to its signals before or after that.
func _say_impossible() -> void:
	if running:
		var error := Starter.NoDaemon.impossible()
		_end(Session.State.FAILED, error[1])
		failed.emit(error[0], error[1], error[2])


func _end(state: Session.State, why: String) -> void:
	running = false
	starter.end()
	session.stop(state, why)
	cutscene.forget()
	# Whoever awaits something returns now. A node that is freed does not come to the next frame.
	woken.emit()
