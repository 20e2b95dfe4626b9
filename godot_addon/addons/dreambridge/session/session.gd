extends "directing.gd"
## One stream as its game sees it: opened when there is a daemon, opened again with the same seed and the last effective
## conditions when the daemon came back. Knows channel and ring, nothing of nodes.

signal state_changed(state: State, reason: String)
signal opened(info: Dictionary)
## The transitions of a direction have ended, in the frame that was taken.
signal settled(ticket: int)
## The connection was lost and is back, and the session lives on.
signal returned
## Something happened in the cutscene that plays (PROTOCOL.md, the event `cutscene`).
signal cutscene(event: Dictionary)

const RingLayout := preload("../protocol/ring_layout.gd")
const State := Messages.State
const RingThread := preload("ring_thread.gd")
const RING_LOOK_MS := 100
# So long after a view was attached its first frame is waited for.
const VIEW_WAIT_MS := 2000
const NEVER := 1 << 62

var state := State.CLOSED
## Its name, also of one that only a newer daemon knows ([member state] is then PLAYING).
var state_name := "closed"
var reason := ""
## Frames a second now; 0 as fast as it goes.
var current_fps := 0.0
## Does the game's time stand still? Whoever would resume the stream leaves it paused then.
var stands_still := false
## The next session is opened paused, whatever [member want] says.
var opens_paused := false
## Does a cutscene play, whose events are waited for?
var cutscene_plays := false

var _epoch := 0
var _ring_thread: RingThread
var _opening := false
var _trying_each := false
var _looked_at_ring := 0
# Until then (msec) frames that were not painted over the view are withheld; 0: all are shown. And the last of them.
var _view_until := 0
var _withheld := PackedByteArray()


func start(daemon: String, request: Dictionary, conditions: Dictionary) -> void:
	want = request
	info = {}
	reader.forget()
	_view_until = 0
	_withheld = PackedByteArray()
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
	if _ring_thread:
		_ring_thread.stop()
	_number = -1
	_opening = false
	_set_state(now, why)


## On the main thread, once a tick: send what was directed, and take replies and events, but no frame.
func hear() -> void:
	_flush()
	# Both come with the frames, and are to be told with them.
	channel.attentive = cutscene_plays or _directions.moves()
	channel.begin_tick()
	var m := channel.next_event()
	while m:
		_event(m)
		m = channel.next_event()


## On the main thread, once a tick; the pixels of a new frame, or an empty array.
func tick() -> PackedByteArray:
	hear()
	var pixels := reader.read()
	if _view_until:
		pixels = _with_view(pixels)
	if not pixels.is_empty():
		_directions.mark_shown(reader.revision)
	else:
		_look_at_ring()
	return pixels


## A view is asked for. Before anything was shown, the picture stays as it is until the first frame that was painted over the view: otherwise
## the bundle's own world would flash up.
func await_view() -> void:
	if reader.shown == 0:
		_view_until = NEVER


## The view is attached: its first frame comes soon, if something is sent.
func view_comes() -> void:
	if _view_until:
		_view_until = Time.get_ticks_msec() + VIEW_WAIT_MS


## No view comes: what was withheld is shown.
func no_view_comes() -> void:
	_view_until = mini(_view_until, 1)


## Are frames withheld until the view is in them?
func awaits_view() -> bool:
	return _view_until > 0


func _with_view(pixels: PackedByteArray) -> PackedByteArray:
	if reader.view == 0 and Time.get_ticks_msec() < _view_until:
		_withheld = pixels if pixels else _withheld
		return PackedByteArray()
	_view_until = 0
	var last := _withheld
	_withheld = PackedByteArray()
	return pixels if pixels else last


## After the frame was shown: tell which transitions have ended with it.
func tell_settled() -> void:
	if reader.shown > 0 and _directions.moves():
		for ticket in _directions.take_settled(reader.index):
			settled.emit(ticket)


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
				effective.merge(_lasting(m.get("values", {}) as Dictionary), true)
				cutscene.emit(m)
		"settled":
			if m.get("session") == _number:
				_directions.settle(m["reached"], m["replaced"], m["frame_index"])
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
	unheard = false
	current_fps = m["fps"] if m.get("fps") != null else 0.0
	effective = _lasting(values)
	for ticket in _directions.known(taken):
		directed.emit(_directions.values_of(ticket).keys())
	_directions.reopen(m["revision"], taken)
	_read_ahead()
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


## In a game a thread reads the ring. The editor would crash if a script of a running thread was reloaded.
func _read_ahead() -> void:
	if Engine.is_editor_hint():
		return
	if _ring_thread == null:
		_ring_thread = RingThread.new()
	_ring_thread.start()
	reader.ahead = _ring_thread.ahead


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


## The error for a ring of the daemon that cannot be opened in this process.
static func unreachable(path: String, why: String) -> Dictionary:
	var hint := (
		"The daemon and this game must both see the folder %s, as the same user. In a container or sandbox, set DREAMBRIDGE_RING_DIR for "
		+ "the daemon to a folder that both see."
	)
	return {"code": "ring_unreachable", "message": why + ".", "hint": hint % path.get_base_dir()}


func _fail(m: Dictionary) -> void:
	super._fail(m)
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
