extends RefCounted
## The half of a session that directs: from the call, over the end of its tick, to the daemon's answer. What finds nobody waits.

signal failed(code: String, message: String, hint: String)
## The stream was asked to go back to another place, and the answer.
signal going
signal went(reply: Dictionary)
## The stream is at that place, or goes on as a fork: its conditions are others.
signal landed
## The daemon has taken values of these conditions.
signal directed(conditions: Array)

const Channel := preload("../transport/channel.gd")
const Directions := preload("directions.gd")
const RingReader := preload("../ring/ring_reader.gd")
const Msgpack := preload("../codec/msgpack.gd")
const Caller := preload("caller.gd")
const Messages := preload("../protocol/messages.gd")
const BACK := ["rewind", "restore"]
const PLAYING := ["pause", "resume"]
# Directions that wait for the end of their tick; well under those that are kept.
const MAX_GATHERED := 256

## The daemon's answer to open: bundle, provider, threads, conditions (their schema) and so on.
var info := {}
var channel := Channel.new()
var reader := RingReader.new()
## What to open: bundle, seed, fps and the other fields of the request.
var want := {}
## The conditions that were directed and accepted, by name.
var effective := {}
## Was the last pause or resume never answered? The connection was lost then, and it is to be asked again.
var unheard := false

var _number := -1
var _turns := 0
var _directions := Directions.new()


## Change conditions; a ticket for [method is_shown]. Sent at the end of this tick; kept and sent later when nobody is there now.
func direct(values: Dictionary, over: float, easing: String, cut := false, new_seed := -1, real_time := false) -> int:
	var ticket := _directions.add(values, over, easing, cut, new_seed, real_time, Caller.line())
	for condition: Variant in values:
		var wrong := Msgpack.unsendable(values[condition])
		if wrong:
			_directions.refuse(ticket, _not_sendable(str(condition), wrong))
			_fail(Caller.told(_not_sendable(str(condition), wrong), str(_directions.find(ticket)["caller"])))
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


## The conditions of directions that the daemon has not answered yet.
func unanswered() -> Array:
	return _directions.unanswered()


## Was a frame made with that direction (or a later one) taken?
func is_shown(ticket: int) -> bool:
	return _directions.is_shown(ticket)


## Did the daemon refuse it, or is it forgotten (512 others came after it)?
func is_refused(ticket: int) -> bool:
	return _directions.is_refused(ticket)


## Has the daemon accepted or refused it?
func is_answered(ticket: int) -> bool:
	return _directions.is_answered(ticket)


## The error of a direction that was refused; empty: none.
func error_of(ticket: int) -> Dictionary:
	return _directions.error_of(ticket)


## Have its transitions ended, in a frame that was taken?
func is_settled(ticket: int) -> bool:
	return _directions.is_settled(ticket)


## Was one of its conditions given something else before that?
func is_replaced(ticket: int) -> bool:
	return _directions.is_replaced(ticket)


## Milliseconds from the direction to the tick that took its first frame; -1 before.
func latency_ms(ticket: int) -> float:
	return _directions.latency_ms(ticket)


## Can the session be asked something now? Not while the stream opens, and not while the connection is lost.
func is_open() -> bool:
	return _number >= 0 and channel.live


## A request about this session (pause, resume, step, snapshot, restore, stats).
func ask(kind: String, fields := {}, on_reply := Callable()) -> bool:
	if _number < 0:
		return false
	_flush()  # the daemon carries out in the order in which it is asked
	if kind == "adopt":
		on_reply = _landed.bind(on_reply)
	elif kind in PLAYING:
		unheard = true
		_turns += 1
		on_reply = _turned.bind(_turns, on_reply)
	if kind not in BACK:
		return channel.ask({"type": kind, "session": _number}.merged(fields), on_reply)
	going.emit()
	if channel.ask({"type": kind, "session": _number}.merged(fields), _went.bind(on_reply)):
		return true
	went.emit({})
	return false


func _turned(m: Dictionary, turn: int, on_reply: Callable) -> void:
	if not _is_gone(m) and turn == _turns:
		unheard = false
	if on_reply.is_valid():
		on_reply.call(m)
	elif m["type"] == "error" and not _is_gone(m):
		_fail(m)


func _went(m: Dictionary, on_reply: Callable) -> void:
	went.emit(m)
	_landed(m, on_reply)


## The stream is at another place: its conditions and seed are what a restarted daemon is told, with what was directed after it. The reply to
## a later direction may have come before this one.
func _landed(m: Dictionary, on_reply: Callable) -> void:
	if m["type"] != "error":
		var values: Variant = m.get("values")
		if values != null:  # else they are too large to be told, and stay
			effective = (values as Dictionary).duplicate()
		want["seed"] = m["seed"]
		info["seed"] = m["seed"]
		for ticket in _directions.accepted_after(m["revision"] as int):
			_hold_effective(ticket)
		landed.emit()
	if on_reply.is_valid():
		on_reply.call(m)


func _send_queued() -> void:
	for ticket in _directions.take_queued():
		_send([ticket])


## Send what was directed in this tick.
func _flush() -> void:
	if _directions.gathered.is_empty():
		return
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
		if t["real_time"]:
			m["real_time"] = true
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


## The values without those of events and deltas. Before the schema is known, all of them.
func _lasting(values: Dictionary) -> Dictionary:
	var schema: Dictionary = info.get("conditions", {})
	var kept := values.duplicate()
	for condition: Variant in values:
		var c: Dictionary = schema.get(condition, {})
		if c.get("kind") in Messages.MOMENTARY_KINDS:
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
			_accept(ticket, m["revision"], m.get("over", 0.0))
		# The frame may have come before the reply.
		_directions.mark_shown(reader.revision)
	elif sent.size() > 1:
		# One of them is wrong: each for itself.
		for ticket in group:
			_send([ticket])
	else:
		var caller: String = _directions.find(sent[0])["caller"] if _directions.has(sent[0]) else ""
		_directions.refuse(sent[0], m)
		_fail(Caller.told(m, caller))


func _accept(ticket: int, revision: int, over: float) -> void:
	_directions.accept(ticket, revision, over)
	_hold_effective(ticket)
	directed.emit(_directions.values_of(ticket).keys())


func _hold_effective(ticket: int) -> void:
	var t := _directions.find(ticket)
	if t["seed"] >= 0:
		want["seed"] = t["seed"]
		info["seed"] = t["seed"]
	effective.merge(_lasting(_directions.values_of(ticket)), true)


## Did the connection end before the reply?
func _is_gone(m: Dictionary) -> bool:
	return m["type"] == "error" and m["code"] == "daemon_gone"


static func _not_sendable(condition: String, wrong: String) -> Dictionary:
	return {
		"code": "bad_value", "message": "%s: a value of the type %s cannot be sent. Nothing was changed." % [condition, wrong],
		"hint": "Use a bool, int, float, String, Vector2, Vector3, Color, Array, Dictionary, packed array, Image or Texture2D.",
	}


## Tell of an error, which may end the session.
func _fail(m: Dictionary) -> void:
	failed.emit(str(m.get("code", "internal")), str(m.get("message", "")), str(m.get("hint", "")))
