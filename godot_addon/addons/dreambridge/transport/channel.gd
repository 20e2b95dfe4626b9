extends RefCounted
## The control channel: finds the daemon, says hello, pings, matches replies to requests, and comes back after a loss.
##
## A background thread keeps it alive also while the main thread loads a level, and hears what comes in. [method begin_tick], on the main thread, moves it on at
## once while somebody waits for something. Replies and events are handed out by [method next_event] only, for [member budget_us] a tick.

const Msgpack := preload("../codec/msgpack.gd")
const Zmtp := preload("zmtp.gd")
const ConnectionFile := preload("../system/connection_file.gd")
const Messages := preload("../protocol/messages.gd")
const MessageFields := preload("../protocol/message_fields.gd")
const ThreadEnd := preload("../system/thread_end.gd")

const CONNECT_TIMEOUT_MS := 5000
const REST_MS := 20
# For so long after something was asked, each tick looks for the reply itself.
const EAGER_MS := 1000
const FIRST_PAUSE_MS := 100
const MAX_PAUSE_MS := 1000
# The thread gives up the socket after so long, also while messages keep coming in.
const MAX_PUMP_US := 2000
# Messages that wait for the main thread. More stay with the daemon, which then sends no faster than the game handles them.
const MAX_WAITING := 4096
# The socket is moved on more often than this. When it was not, this process stood still: a debugger, a machine that slept, an editor that loads.
const STOOD_STILL_MS := 600

## Is there a daemon that answered our hello, and does the one who asks know of that connection ([method know])?
var live: bool:
	get:
		return _up and _known_connection == _connections and _served == _run
## Name of the daemon, which is the name of its connection file.
var daemon := "default"
## Content of the connection file in use.
var connection := {}
## How long the main thread handles messages in one tick, in microseconds. What is left comes in the next ticks.
var budget_us := 2000
## Does somebody wait for events? Otherwise they come up to 20 ms later, by the thread.
var attentive := false

var _zmtp := Zmtp.new()
var _codec := Msgpack.new()
var _on_message := _decode
var _thread: Thread
# Goes up with each start and stop. Whoever has the socket and finds that it serves another run ends its connection first, so that
# [method stop] need not wait for the one that has it.
var _run := 0
var _served := 0
var _running := false
# The same as the socket has it, at any moment. A daemon that comes back while the main thread loads a level is another
# connection, perhaps to another daemon: what is asked before the main thread knows of it would name sessions of the old one.
var _up := false
var _connections := 0
# Invalid messages of this connection.
var _told := 0
var _known_connection := 0
# _pumping guards the socket, _queues the lists below and _up; the second is held for a few instructions only.
var _pumping := Mutex.new()
var _queues := Mutex.new()
var _outbox: Array[PackedByteArray] = []
var _inbox: Array[Dictionary] = []
# What the main thread took out of the inbox, and how much of it was handled.
var _taken: Array[Dictionary] = []
var _handled := 0
var _came := false  # something is in the inbox; read without the lock, since what comes just then is for the next tick
var _until := 0
var _begun := false
var _eager_until := 0
var _replies := {}
# By the same ids, the type of the reply.
var _wanted := {}
var _next_id := 1
var _client_key := ""
var _heard := 0
var _pinged := 0
var _pumped := 0
var _retry_at := 0
var _pause := FIRST_PAUSE_MS
var _refused_epoch := 0


func start(daemon_name: String) -> void:
	rename(daemon_name)
	_run += 1
	_running = true
	# None in the editor, which crashes when a script of a running thread is reloaded. It has no levels to load, either.
	if not Engine.is_editor_hint():
		_thread = Thread.new()
		_thread.start(_keep_alive.bind(_run))


## From now on look for another daemon; for one whose daemon is lost.
func rename(daemon_name: String) -> void:
	_queues.lock()
	daemon = daemon_name
	_queues.unlock()


## Say goodbye and end the connection. Never waits.
func stop() -> void:
	if not _running:
		return
	_running = false
	_run += 1
	if _pumping.try_lock():
		_settle()
		_pumping.unlock()
	if _thread:
		ThreadEnd.join_later(_thread)
		_thread = null


## Send a request; [param on_reply] gets the reply, or an error, in a later tick ([method next_event]): daemon_gone when the connection ended
## before. False when nobody is there.
func ask(message: Dictionary, on_reply := Callable()) -> bool:
	_queues.lock()
	if not live:
		_queues.unlock()
		return false
	_next_id += 1
	message["id"] = _next_id
	_replies[_next_id] = on_reply
	_wanted[_next_id] = MessageFields.ANSWERS.get(message["type"], "")
	var bytes := Msgpack.encode(message)
	if bytes.size() <= Messages.MAX_MESSAGE:
		_outbox.append(bytes)
	else:
		var message_of := "The message has %d bytes, %d are allowed." % [bytes.size(), Messages.MAX_MESSAGE]
		_take_in({"type": "error", "id": _next_id, "code": "too_large", "message": message_of, "hint": "Send less at once."})
	_queues.unlock()
	_eager_until = Time.get_ticks_msec() + EAGER_MS
	if _pumping.try_lock():
		_settle()
		_send_waiting()
		_zmtp.flush()
		if _zmtp.state == Zmtp.CLOSED:
			_lost(_zmtp.reason, _zmtp.detail)
		_pumping.unlock()
	return true


## The one who asks has come to the event of that connection; until then nothing of what is asked goes out.
func know(its_connection: int) -> void:
	_known_connection = its_connection


## On the main thread, once a tick, before [method next_event]. Never waits.
func begin_tick() -> void:
	_begun = false
	if _thread and live and not attentive and Time.get_ticks_msec() > _eager_until:
		return
	if _pumping.try_lock():
		_settle()
		if _running:
			_move(budget_us >> 1, _thread == null)
		_pumping.unlock()


## The next event that came in (no replies: those go to the ones who asked); empty when there is none or the tick's time is up.
func next_event() -> Dictionary:
	if not _came and _taken.is_empty():
		return {}
	_until = _until if _begun else Time.get_ticks_usec() + budget_us
	while _running and _served == _run:
		if _handled == _taken.size():
			_taken.clear()
			_handled = 0
			# The thread that holds it may not run just now: what is there comes in the next tick.
			if not _queues.try_lock():
				return {}
			var waiting := _inbox
			_inbox = _taken
			_taken = waiting
			_came = false
			_queues.unlock()
			if _taken.is_empty():
				return {}
		elif _begun and Time.get_ticks_usec() >= _until:
			return {}
		_begun = true
		var m := _taken[_handled]
		_handled += 1
		if not _is_reply(m):
			return m
	return {}


func _is_reply(m: Dictionary) -> bool:
	var given: Variant = m.get("id")
	var id: int = given if given != null else 0
	_queues.lock()
	var on_reply: Callable = _replies.get(id, Callable())
	var asked := _replies.erase(id)
	var wanted: String = _wanted.get(id, "")
	_wanted.erase(id)
	_queues.unlock()
	if asked and wanted and m["type"] not in [wanted, "error"]:
		m = {
			"type": "error", "id": id, "code": "bad_message", "hint": "Update the addon or the daemon.",
			"message": "The daemon replied '%s' instead of '%s'." % [m["type"], wanted],
		}
	if asked:
		if on_reply.is_valid():  # the one who asked may be gone meanwhile
			on_reply.call(m)
		# Nobody waits for it, but a refusal is told.
		return not on_reply.is_null() or m["type"] != "error"
	if m["type"] == "opened":
		# Nobody waits for this session: it would run for nobody.
		ask({"type": "close", "session": m["session"]})
		return true
	return id != 0 or m["type"] == "pong"


func _keep_alive(run: int) -> void:
	while true:
		_pumping.lock()
		_settle()
		if run != _run:
			_pumping.unlock()
			return
		var more := _move(MAX_PUMP_US, true)
		_pumping.unlock()
		if not more:
			OS.delay_msec(REST_MS)


## End what belongs to a run before this one. Only with [member _pumping] held.
func _settle() -> void:
	if _served == _run:
		return
	if _up:
		_send_waiting()
		_zmtp.send(Msgpack.encode({"type": "bye"}))
		_zmtp.flush()
	_zmtp.close()
	_queues.lock()
	_up = false
	_outbox.clear()
	_inbox.clear()
	_came = false
	_taken.clear()
	_handled = 0
	_replies.clear()
	_wanted.clear()
	_retry_at = 0
	_served = _run
	_queues.unlock()


## Move the socket on, or look for a daemon; whether more may wait there. Only with [member _pumping] held.
func _move(microseconds: int, may_search: bool) -> bool:
	if may_search and _zmtp.state == Zmtp.CLOSED:
		_search()
	return _pump(microseconds)


func _search() -> void:
	var now := Time.get_ticks_msec()
	if now < _retry_at:
		return
	_pause = mini(int(_pause * 1.5), MAX_PAUSE_MS)
	_retry_at = now + _pause
	_queues.lock()
	var named := daemon
	_queues.unlock()
	var found := ConnectionFile.read(named)
	if found.is_empty() or found["epoch"] == _refused_epoch:
		return
	if found["epoch"] != connection.get("epoch"):
		_client_key = ""
	connection = found
	_heard = now
	_pinged = now
	_pumped = now
	var endpoint: String = found["endpoint"]
	var token: String = found["token"]
	_zmtp.open(endpoint, "dreambridge", token)
	_zmtp.send(Msgpack.encode({
		"type": "hello", "id": 1, "protocol": Messages.PROTOCOL, "client": "godot addon %s" % Messages.ADDON, "client_key": _client_key,
		"pid": OS.get_process_id(),
	}))


## Move the socket on, for [param microseconds] at most; whether more may wait there. Only with [member _pumping] held.
func _pump(microseconds: int) -> bool:
	if _zmtp.state == Zmtp.CLOSED:
		return false
	var now := Time.get_ticks_msec()
	if now - _pumped > STOOD_STILL_MS:
		# The daemon was not silent.
		_heard += now - _pumped
		_pinged = 0
	_pumped = now
	var full := _send_waiting()
	if _up and now - _pinged >= Messages.PING_INTERVAL_MS:
		_pinged = now
		_zmtp.send(Msgpack.encode({"type": "ping"}))
	var more := false
	if full:
		_heard = now  # the daemon is not silent: nobody listens
		_zmtp.flush()
	else:
		more = _zmtp.pump(_on_message, Time.get_ticks_usec() + microseconds)
	if _zmtp.state == Zmtp.CLOSED:
		_lost(_zmtp.reason, _zmtp.detail)
	elif Time.get_ticks_msec() - _heard > (Messages.DAEMON_SILENT_MS if _up else CONNECT_TIMEOUT_MS):
		_zmtp.close()
		_lost("silent", "the daemon does not answer")
	return more


# Also tells whether too much waits for the main thread.
func _send_waiting() -> bool:
	_queues.lock()
	if _up and _outbox:
		for bytes in _outbox:
			_zmtp.send(bytes)
		_outbox.clear()
	var full := _inbox.size() >= MAX_WAITING
	_queues.unlock()
	return full


func _decode(bytes: PackedByteArray) -> void:
	_heard = Time.get_ticks_msec()
	var value: Variant = _codec.decode(bytes)
	var wrong := _codec.error
	if value is Dictionary and (value as Dictionary).get("type") is String:
		wrong = MessageFields.problem(value as Dictionary)
		if wrong.is_empty():
			_receive(value as Dictionary)
			return
	var told := {"type": "error", "code": "bad_message", "message": "The daemon sent an invalid message: %s." % wrong, "hint": "Update the addon or the daemon."}
	# Who waits for this reply waits for no other.
	if value is Dictionary and typeof((value as Dictionary).get("id")) in MessageFields.NUMBER:
		told["id"] = (value as Dictionary)["id"]
	else:
		_told += 1
		if _told > Messages.MAX_INVALID_TOLD:
			return
		if _told == Messages.MAX_INVALID_TOLD:
			told["message"] += " More of them are ignored in silence."
	_put(told)


func _receive(m: Dictionary) -> void:
	if m["type"] == "welcome":
		_client_key = str(m.get("client_key", ""))
		_told = 0
		_pause = FIRST_PAUSE_MS
		_queues.lock()
		_up = true
		_connections += 1
		_take_in({"type": "_live", "sessions": m.get("sessions", []), "connection": _connections})
		_queues.unlock()
	elif m["type"] == "error" and not _up:
		# An answer to hello. For a mismatch another try would end the same way, until another daemon writes its file.
		if m.get("code") == "protocol_mismatch":
			_refused_epoch = connection["epoch"]
		_put(m.merged({"id": 0}, true))
	elif m["type"] == "bye" and m.get("id") == null:
		# The daemon ends, or does not know us any more. Whoever took our key has our sessions too.
		if m.get("code") == "key_taken":
			_client_key = ""
		_zmtp.close()
		_lost("bye", str(m.get("reason", "")))
	else:
		_put(m)


func _lost(why: String, detail: String) -> void:
	_queues.lock()
	var was_up := _up
	_up = false
	_outbox.clear()
	# Who waits for a reply is told at once. What is asked on the next connection has other numbers.
	for id: int in _replies.keys():
		var on_reply: Callable = _replies[id]
		if on_reply.is_null():
			_replies.erase(id)
			_wanted.erase(id)
		else:
			_take_in({"type": "error", "id": id, "code": "daemon_gone", "message": "The daemon is gone.", "hint": "Ask again when the stream plays."})
	_queues.unlock()
	if why == "wrong_token":
		_put({"type": "error", "code": "wrong_token", "message": "The daemon at %s refused the token." % connection["endpoint"], "hint": "The client reads the connection file again. Restart the daemon if this persists."})
	if was_up:
		_retry_at = 0
		_put({"type": "_lost", "reason": detail})


func _put(m: Dictionary) -> void:
	_queues.lock()
	_take_in(m)
	_queues.unlock()


## Only with [member _queues] held.
func _take_in(m: Dictionary) -> void:
	_inbox.append(m)
	_came = true
