extends RefCounted
## The directions of a stream by their tickets, from the call to the frame that obeys. Knows neither channel nor ring.

## Of all tickets the newest are kept.
const KEPT := 512
const UNKNOWN := -1
const NEVER := 1 << 62
const REFUSED := -2

## Tickets that wait for a session, by their age.
var queued: Array[int] = []
## Tickets that wait for the end of this tick, by their age.
var gathered: Array[int] = []
## Tickets that are neither shown nor refused: a frame looks at these only.
var unshown := {}

var _last := 0
# Counts the sessions: revisions of another one mean nothing.
var _session := 0
# ticket -> {values, over, easing, seed, cut, real_time, caller, sent (usec), session and revision (UNKNOWN, REFUSED or the daemon's), shown
# (usec or -1), ends (index of the frame with all its values, NEVER: not known yet), replaced}
var _tickets := {}
# Revision to [frame index, was it replaced?], of which no ticket is known yet: the event may come before the reply.
var _ends := {}
# Those that are shown and have not settled.
var _moving := {}


## A new ticket.
func add(values: Dictionary, over: float, easing: String, cut: bool, new_seed: int, real_time := false, caller := "") -> int:
	_last += 1
	_tickets[_last] = {
		"values": values.duplicate(true), "over": over, "easing": easing, "cut": cut, "seed": new_seed,
		"session": -1, "sent": Time.get_ticks_usec(), "revision": UNKNOWN, "shown": -1, "real_time": real_time, "caller": caller, "ends": -1, "replaced": false,
	}
	unshown[_last] = true
	_forget(_last - KEPT)
	return _last


func has(ticket: int) -> bool:
	return _tickets.has(ticket)


func find(ticket: int) -> Dictionary:
	return _tickets[ticket]


func values_of(ticket: int) -> Dictionary:
	return _tickets[ticket]["values"]


func is_shown(ticket: int) -> bool:
	return _tickets.has(ticket) and _tickets[ticket]["shown"] >= 0


func is_refused(ticket: int) -> bool:
	return not _tickets.has(ticket) or _tickets[ticket]["revision"] == REFUSED


## Has the daemon accepted or refused it?
func is_answered(ticket: int) -> bool:
	return not _tickets.has(ticket) or _tickets[ticket]["revision"] != UNKNOWN


## The conditions of those that the daemon has not answered yet.
func unanswered() -> Array:
	var names := {}
	for ticket: int in unshown:
		if not is_answered(ticket):
			names.merge(_tickets[ticket]["values"] as Dictionary)
	return names.keys()


## The error of one that was refused; empty: none, or it is forgotten.
func error_of(ticket: int) -> Dictionary:
	return _tickets[ticket].get("error", {}) if _tickets.has(ticket) else {}


func latency_ms(ticket: int) -> float:
	if not is_shown(ticket):
		return -1.0
	var begun: int = _tickets[ticket]["sent"]
	var ended: int = _tickets[ticket]["shown"]
	return (ended - begun) / 1000.0


## It waits for a session with these values.
func queue(ticket: int, values: Dictionary) -> void:
	_tickets[ticket]["values"] = values
	# By their age: one that was sent and not answered comes back after newer ones.
	queued.insert(queued.bsearch(ticket), ticket)


func take_queued() -> Array[int]:
	var waiting := queued
	queued = []
	return waiting


## The daemon has accepted it; [param over] is the length of its transition.
func accept(ticket: int, revision: int, over: float) -> void:
	var t := find(ticket)
	t["revision"] = revision
	t["session"] = _session
	t["ends"] = NEVER if over > 0 else -1
	if _ends.has(revision):
		_end(ticket)


## The tickets that this session has accepted after that revision, by their age.
func accepted_after(revision: int) -> Array[int]:
	var found: Array[int] = []
	for ticket: int in _tickets:
		if _tickets[ticket]["session"] == _session and _tickets[ticket]["revision"] > revision:
			found.append(ticket)
	found.sort_custom(func(a: int, b: int) -> bool: return _tickets[a]["revision"] < _tickets[b]["revision"])
	return found


## The event `settled`.
func settle(reached: Array, replaced: Array, frame_index: int) -> void:
	for revision: int in reached + replaced:
		_ends[revision] = [frame_index, revision in replaced]
		if _ends.size() > KEPT:
			_ends.erase(_ends.keys()[0])
	for tickets: Dictionary in [_moving, unshown]:
		for ticket: int in tickets:
			if _ends.has(_tickets[ticket]["revision"]):
				_end(ticket)


## Is one shown that has not settled?
func moves() -> bool:
	return not _moving.is_empty()


## The tickets whose transitions have ended with the frame [param index], which is shown. Each is told once.
func take_settled(index: int) -> Array[int]:
	var done: Array[int] = []
	for ticket: int in _moving:
		if _tickets[ticket]["ends"] <= index:
			done.append(ticket)
	for ticket in done:
		_moving.erase(ticket)
	return done


## Have the transitions of a shown direction ended?
func is_settled(ticket: int) -> bool:
	return is_shown(ticket) and not _moving.has(ticket)


## Was something else given to one of its conditions before it had settled?
func is_replaced(ticket: int) -> bool:
	return not _tickets.has(ticket) or _tickets[ticket]["replaced"]


## The stream was opened again: all values hold from its first frame on.
func reopen(revision: int, tickets: Array[int]) -> void:
	_session += 1
	_ends.clear()
	for ticket: int in unshown:
		# What another daemon took and never showed is among the values too.
		if ticket in tickets or _tickets[ticket]["revision"] >= 0:
			_tickets[ticket]["revision"] = revision
			_tickets[ticket]["ends"] = -1
	for ticket: int in _moving:
		_tickets[ticket]["ends"] = -1


func refuse(ticket: int, error := {}) -> void:
	if _tickets.has(ticket):
		_tickets[ticket]["revision"] = REFUSED
		_tickets[ticket]["error"] = error
	unshown.erase(ticket)


## A frame of that revision was taken.
func mark_shown(revision: int) -> void:
	if unshown.is_empty():
		return
	var now := Time.get_ticks_usec()
	for ticket: int in unshown.keys():
		var t: Dictionary = _tickets[ticket]
		if t["revision"] >= 0 and t["revision"] <= revision:
			t["shown"] = now
			unshown.erase(ticket)
			_moving[ticket] = true


## Those of a group that are still known.
func known(group: Array[int]) -> Array[int]:
	return group.filter(func(ticket: int) -> bool: return _tickets.has(ticket))


## What waits for the end of this tick, in groups that may go as one message. [param momentary] says whether values hold events:
## two strokes of lightning are two. A cut is between what was before it and after it.
func take_groups(momentary: Callable) -> Array[Array]:
	var groups: Array[Array] = []
	for ticket in gathered:
		if groups.is_empty() or not _goes_with(ticket, groups[-1][-1] as int, momentary):
			groups.append([] as Array[int])
		groups[-1].append(ticket)
	gathered = []
	return groups


## The values of a group: the later ones count.
func merged(group: Array[int]) -> Dictionary:
	if group.size() == 1:
		return values_of(group[0])
	var values := {}
	for ticket in group:
		values.merge(values_of(ticket), true)
	return values


func _goes_with(ticket: int, other: int, momentary: Callable) -> bool:
	var a: Dictionary = _tickets[ticket]
	var b: Dictionary = _tickets[other]
	if a["cut"] or b["cut"] or a["over"] != b["over"] or a["easing"] != b["easing"] or a["real_time"] != b["real_time"]:
		return false
	return not momentary.call(a["values"]) and not momentary.call(b["values"])


func _end(ticket: int) -> void:
	var end: Array = _ends[_tickets[ticket]["revision"]]
	_tickets[ticket]["ends"] = end[0]
	_tickets[ticket]["replaced"] = end[1]


## What an old one says that still waits for a session (a game that directs at each tick and has no daemon) goes with the next one.
func _forget(ticket: int) -> void:
	if queued and queued[0] == ticket:
		queued.pop_front()
		if queued:
			var old: Dictionary = _tickets[ticket]
			var next: Dictionary = _tickets[queued[0]]
			(next["values"] as Dictionary).merge(old["values"])
			next["cut"] = next["cut"] or old["cut"]
			if next["seed"] < 0:
				next["seed"] = old["seed"]
	_tickets.erase(ticket)
	unshown.erase(ticket)
	_moving.erase(ticket)
