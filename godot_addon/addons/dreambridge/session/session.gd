extends RefCounted
## One stream as its game sees it: opened when there is a daemon, opened again with the same seed and the last effective
## conditions when the daemon came back. Knows channel and ring, nothing of nodes.

signal state_changed(state: State, reason: String)
signal failed(code: String, message: String, hint: String)
signal opened(info: Dictionary)
## The connection was lost and is back, and the session lives on.
signal returned
## Something happened in the cutscene that plays (PROTOCOL.md, the event `cutscene`).
signal cutscene(event: Dictionary)

const Channel := preload("../transport/channel.gd")
const Directions := preload("directions.gd")
const RingReader := preload("../ring/ring_reader.gd")
const RingLayout := preload("../protocol/ring_layout.gd")
const Msgpack := preload("../codec/msgpack.gd")
const Messages := preload("../protocol/messages.gd")
const State := Messages.State
# Directions that wait for the end of their tick; well under those that are kept.
const MAX_GATHERED := 256
const RING_LOOK_MS := 100

var state := State.CLOSED
## Its name, also of one that only a newer daemon knows ([member state] is then PLAYING).
var state_name := "closed"
var reason := ""
## The daemon's answer to open: bundle, provider, threads, conditions (their schema) and so on.
var info := {}
## Frames a second now; 0 as fast as it goes.
var current_fps := 0.0
var channel := Channel.new()
var reader := RingReader.new()
## What to open: bundle, seed, fps and the other fields of the request.
var want := {}
## The next session is opened paused, whatever [member want] says.
var opens_paused := false
## The conditions that were directed and accepted, by name.
var effective := {}

var _number := -1
var _epoch := 0
var _opening := false
var _trying_each := false
var _looked_at_ring := 0
var _directions := Directions.new()


func start(daemon: String, request: Dictionary, conditions: Dictionary) -> void:
	want = request
	info = {}
	reader.forget()
	effective = {}
	for condition: Variant in conditions:
		var wrong := Msgpack.unsendable(conditions[condition])
		if wrong:
			_fail(_not_sendable(str(condition), wrong))
		else:
			effective[condition] = conditions[condition]
	_trying_each = false
	_set_state(State.SEARCHING, "looking for the daemon %s" % daemon)
	channel.start(daemon)


## Close the stream. [param now] and [param why] say what became of it.
func stop(now := State.CLOSED, why := "") -> void:
	_flush()
	if channel.live and _number >= 0:
		channel.ask({"type": "close", "session": _number})
	channel.stop()
	reader.close()
	_number = -1
	_opening = false
	_set_state(now, why)


## On the main thread, once a tick; the pixels of a new frame, or an empty array.
func tick() -> PackedByteArray:
	_flush()
	for m in channel.tick():
		_event(m)
	var pixels := reader.read()
	if not pixels.is_empty():
		_directions.mark_shown(reader.revision)
	else:
		_look_at_ring()
	return pixels


## Another file takes the place of a ring that was superseded. Looked for ten times a second.
func _look_at_ring() -> void:
	var now := Time.get_ticks_msec()
	if now - _looked_at_ring < RING_LOOK_MS or not reader.is_open():
		return
	_looked_at_ring = now
	if reader.state() == RingLayout.SUPERSEDED:
		_take_ring()


func _take_ring() -> void:
	if reader.reopen(str(info["ring"])):
		reader.rate = current_fps


## Change conditions; a ticket for [method is_shown]. Sent at the end of this tick; kept and sent later when nobody is there now.
func direct(values: Dictionary, over: float, easing: String, cut := false, new_seed := -1) -> int:
	var ticket := _directions.add(values, over, easing, cut, new_seed)
	for condition: Variant in values:
		var wrong := Msgpack.unsendable(values[condition])
		if wrong:
			_directions.refuse(ticket)
			_fail(_not_sendable(str(condition), wrong))
			return ticket
	if _number < 0 or not channel.live:
		_queue(ticket)
		return ticket
	if _directions.gathered.is_empty():
		_flush.call_deferred()
	_directions.gathered.append(ticket)
	if _directions.gathered.size() >= MAX_GATHERED:
		_flush()
	return ticket


## Was a frame made with that direction (or a later one) taken?
func is_shown(ticket: int) -> bool:
	return _directions.is_shown(ticket)


## Did the daemon refuse it, or is it forgotten (512 others came after it)?
func is_refused(ticket: int) -> bool:
	return _directions.is_refused(ticket)


## Milliseconds from the direction to the tick that took its first frame; -1 before.
func latency_ms(ticket: int) -> float:
	return _directions.latency_ms(ticket)


## A request about this session (pause, resume, step, snapshot, restore, stats).
func ask(kind: String, fields := {}, on_reply := Callable()) -> bool:
	if _number < 0:
		return false
	_flush()  # the daemon carries out in the order in which it is asked
	return channel.ask({"type": kind, "session": _number}.merged(fields), on_reply)


func _event(m: Dictionary) -> void:
	match m["type"]:
		"_live":
			var connection: int = m["connection"]
			channel.know(connection)
			_back(m["sessions"])
		"_lost":
			_set_state(State.LOST, str(m["reason"]))
		"error":
			_fail(m)
		"ring":
			if m.get("session") == _number:
				info["ring"] = m["ring"]
				_take_ring()
				# The stream goes on: this is no error of the session.
				failed.emit(str(m.get("code", "ring_lost")), str(m.get("message", "")), str(m.get("hint", "")))
		"state":
			if m.get("session") == _number:
				current_fps = m["fps"] if m.get("fps") != null else 0.0
				reader.rate = current_fps
				_take_state(m["state"], str(m.get("reason", "")))
		"cutscene":
			if m.get("session") == _number:
				cutscene.emit(m)
		"view_silent", "view_back":
			if m.get("session") == _number:
				var silent: bool = m["type"] == "view_silent"
				_set_state(state, "no new view: the last picture stays" if silent else "the view is back", state_name)


func _back(sessions: Array) -> void:
	var mine := {}
	for s: Dictionary in sessions:
		if s["session"] == _number and s["epoch"] == _epoch:
			mine = s
		else:
			# The reply to its opening was lost with the connection: it would run for nobody.
			channel.ask({"type": "close", "session": s["session"]})
	if not mine:
		_open()
		return
	_opening = false
	info["ring"] = mine["ring"]  # another one when it was lost while nobody could be told
	_take_state(mine["state"], "the connection is back")
	_send_queued()
	returned.emit()


func _open() -> void:
	_opening = true
	# What is directed from here on waits for the new session: the number of the old one means nothing to this daemon.
	_number = -1
	_set_state(State.OPENING, "")
	# What was directed before there was a stream holds from its first frame on.
	var none: Array[int] = []
	var taken := none if _trying_each else _directions.take_queued()
	var values := effective.duplicate(true)
	for ticket in taken:
		var t := _directions.find(ticket)
		values.merge(_directions.values_of(ticket), true)
		if t["seed"] >= 0:
			want["seed"] = t["seed"]
	var request := want.merged({"type": "open", "values": values}, true)
	if opens_paused or _trying_each:
		request["paused"] = true
	channel.ask(request, _opened.bind(taken, values))


func _opened(m: Dictionary, taken: Array[int], values: Dictionary) -> void:
	_opening = false
	if _is_gone(m):
		for ticket in _directions.known(taken):
			_queue(ticket)
		return
	if m["type"] == "error" and values and str(m["code"]) in ["unknown_condition", "bad_value"]:
		_open_and_try_each(taken, values)
		return
	if m["type"] == "error":
		for ticket in taken:
			_directions.refuse(ticket)
		_fail(m)
		_set_state(State.FAILED, str(m["message"]))
		return
	info = m
	_number = m["session"]
	_epoch = m["epoch"]
	current_fps = m["fps"] if m.get("fps") != null else 0.0
	effective = _lasting(values)
	for ticket: int in _directions.unshown:
		# What another daemon took and never showed is among the values too, which all hold from the first frame on.
		var t := _directions.find(ticket)
		if ticket in taken or t["revision"] >= 0:
			t["revision"] = m["revision"]
	reader.close()
	if not reader.open(str(m["ring"])):
		# It would run for nobody, and what it says of its state is not for us.
		channel.ask({"type": "close", "session": _number})
		_number = -1
		_fail(unreachable(str(m["ring"]), reader.error))
		_set_state(State.FAILED, reader.error)
		return
	reader.rate = current_fps
	_take_state(m["state"], "")
	if _trying_each:
		_send_queued()
		if not opens_paused and not want.get("paused", false):
			ask("resume")
		_trying_each = false
	opened.emit(info)
	_send_queued()


## One of the values is wrong. The stream opens without it: paused, and each value goes for itself before the first frame.
func _open_and_try_each(taken: Array[int], values: Dictionary) -> void:
	var asked := {}
	for ticket in _directions.known(taken):
		asked.merge(_directions.values_of(ticket))
		_queue(ticket)
	for condition: Variant in values:
		if not asked.has(condition):
			_queue(_directions.add({condition: values[condition]}, 0.0, "", false, -1))
	effective = {}
	_trying_each = true
	_open()


func _send_queued() -> void:
	for ticket in _directions.take_queued():
		_send([ticket])


## Send what was directed in this tick.
func _flush() -> void:
	for group: Array[int] in _directions.take_groups(_is_momentary):
		_send(group)


## Directions that go as one message.
func _send(group: Array[int]) -> void:
	var t := _directions.find(group[0])
	var m := {"type": "cut" if t["cut"] else "direct", "session": _number, "values": _directions.merged(group)}
	if t["cut"]:
		if t["seed"] >= 0:
			m["seed"] = t["seed"]
	else:
		if t["over"] >= 0:
			m["over"] = t["over"]
		if t["easing"]:
			m["easing"] = t["easing"]
	if not channel.ask(m, _directed.bind(group)):
		for ticket in group:
			_queue(ticket)


## Keep a direction until somebody is there. Events are momentary: a stroke of lightning does not come late.
func _queue(ticket: int) -> void:
	var values := _directions.values_of(ticket)
	var kept := _lasting(values)
	if kept.is_empty() and not values.is_empty() and not _directions.find(ticket)["cut"]:
		_directions.refuse(ticket)
	else:
		_directions.queue(ticket, kept)


func _is_momentary(values: Dictionary) -> bool:
	return _lasting(values).size() < values.size()


## The values without those of events. Before the schema is known, all of them.
func _lasting(values: Dictionary) -> Dictionary:
	var schema: Dictionary = info.get("conditions", {})
	var kept := values.duplicate()
	for condition: Variant in values:
		var c: Dictionary = schema.get(condition, {})
		if c.get("kind") == "event":
			kept.erase(condition)
	return kept


func _directed(m: Dictionary, sent: Array[int]) -> void:
	var group := _directions.known(sent)
	if _is_gone(m):
		# What was sent and not answered may be lost: it goes again.
		for ticket in group:
			_queue(ticket)
	elif m["type"] != "error":
		for ticket in group:
			_accept(ticket, m["revision"])
		# The frame may have come before the reply.
		_directions.mark_shown(reader.revision)
	elif sent.size() > 1:
		# One of them is wrong: each for itself.
		for ticket in group:
			_send([ticket])
	else:
		_directions.refuse(sent[0])
		_fail(m)


func _accept(ticket: int, revision: int) -> void:
	var t := _directions.find(ticket)
	t["revision"] = revision
	if t["seed"] >= 0:
		want["seed"] = t["seed"]
		info["seed"] = t["seed"]
	effective.merge(_lasting(_directions.values_of(ticket)), true)


## Did the connection end before the reply?
func _is_gone(m: Dictionary) -> bool:
	return m["type"] == "error" and m["code"] == "daemon_gone"


## The error for a ring of the daemon that cannot be opened in this process.
static func unreachable(path: String, why: String) -> Dictionary:
	var hint := (
		"The daemon and this game must both see the folder %s, as the same user. In a container or sandbox, set DREAMBRIDGE_RING_DIR for "
		+ "the daemon to a folder that both see."
	)
	return {"code": "ring_unreachable", "message": why + ".", "hint": hint % path.get_base_dir()}


static func _not_sendable(condition: String, wrong: String) -> Dictionary:
	return {
		"code": "bad_value", "message": "%s: a value of the type %s cannot be sent. Nothing was changed." % [condition, wrong],
		"hint": "Use a bool, int, float, String, Vector2, Vector3, Color, Array, Dictionary, packed array, Image or Texture2D.",
	}


func _fail(m: Dictionary) -> void:
	failed.emit(str(m.get("code", "internal")), str(m.get("message", "")), str(m.get("hint", "")))
	if m.get("session") != null and m.get("session") == _number:
		_set_state(State.FAILED, str(m.get("message", "")))


## A state by the daemon's name for it.
func _take_state(named: String, why: String) -> void:
	_set_state(Messages.state_named(named), why, named)


func _set_state(now: State, why: String, named := "") -> void:
	named = named if named else Messages.STATE_NAMES[now]
	if named == state_name and why == reason:
		return
	state = now
	state_name = named
	reason = why
	state_changed.emit(state, reason)
