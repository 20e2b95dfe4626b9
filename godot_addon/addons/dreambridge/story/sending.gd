extends RefCounted
## What a [DreamDirector] sends to one stream, and what became of it. Another stream gets another one of these.
##
## The director or the stream may be freed during each await: what awaits keeps a reference to this object, and looks at both again.

const Pending := preload("pending.gd")
# How long the answers to what was sent are waited for.
const MAX_WAIT_MS := 30000

## Does it send now, or wait for answers?
var busy := false
## The last direction: by its ticket, or, if the stream went on as a fork, by its revision. -1: none.
var ticket := -1
var revision := -1
var refused := false
## Directions other than changes of conditions that were sent.
var changes := 0

var _director: WeakRef
var _pending: Pending
var _stream: DreamStream


func _init(director: DreamDirector, pending: Pending, stream: DreamStream) -> void:
	_director = weakref(director)
	_pending = pending
	_stream = stream


## Can a direction be sent now?
func is_ready() -> bool:
	var there := is_instance_valid(_stream) and _stream.is_running() and _stream.state in DreamDirector.RUNNING
	return there and not _stream._cutscene.is_returning()


## Does the director still direct this stream?
func is_current() -> bool:
	var director: DreamDirector = _director.get_ref()
	return director != null and director._sent == self


## Send what waits, until nothing does. What is told meanwhile is merged. Does not wait.
func send() -> void:
	if busy:
		return
	var _held: RefCounted = self
	busy = true
	while is_current() and is_ready() and not _pending.is_empty():
		var tickets: Array[int] = []
		var left := _pending.take()
		while left and is_current() and is_ready():
			var s: Dictionary = left.pop_front()
			var again := (_director.get_ref() as DreamDirector)._scenes.meant(s)
			if s["do"] in ["direct", "cut"]:
				tickets.append(_direct(s))
			elif not await _carry_out(s):
				left.push_front(again)
		_pending.put_back(left)
		await _answers(tickets)
	busy = false


func _direct(s: Dictionary) -> int:
	var values: Dictionary = s["values"]
	if s["do"] == "cut":
		changes += 1
		ticket = _stream.cut(values, int(s.get("seed", -1) as float))
	else:
		ticket = _stream.direct(values, s.get("over", -1.0) as float, str(s.get("easing", "")))
	revision = -1
	refused = false
	return ticket


## Until the daemon has answered these, or is lost: the stream keeps them then.
func _answers(tickets: Array[int]) -> void:
	var until := Time.get_ticks_msec() + MAX_WAIT_MS
	for sent in tickets:
		while is_current() and is_ready() and not _stream._session.is_answered(sent) and Time.get_ticks_msec() < until:
			var director: DreamDirector = _director.get_ref()
			if not director._in_tree:
				break
			await director._woken
		if is_current() and is_instance_valid(_stream) and _stream._session.is_refused(sent):
			refused = refused or sent == ticket
			var error := _stream._session.error_of(sent)
			if error:
				var director: DreamDirector = _director.get_ref()
				director.failed.emit(str(error["code"]), str(error["message"]), str(error["hint"]))


## False: the connection was lost before the answer, and it is to be asked again.
func _carry_out(s: Dictionary) -> bool:
	var verb: String = s["do"]
	var director: DreamDirector = _director.get_ref()
	# The director may get others while this waits.
	var scenes := director._scenes
	changes += 1
	match verb:
		"keep":
			return await _ask("keep", {"name": s["name"]})
		"rewind":
			return await _ask("rewind", {"seconds": s["seconds"]} if s.has("seconds") else {"name": s["name"]})
		"play":
			return await scenes.play(str(s["name"]), str(s.get("shot", "")))
	return await scenes.carry_out(verb, s)


func _ask(kind: String, fields: Dictionary) -> bool:
	var reply := await _stream._playback.answer(kind, fields, false)
	if reply.get("code") == "daemon_gone" or (reply.is_empty() and not is_ready()):
		return false
	if is_current() and reply.get("type") == "error":
		var director: DreamDirector = _director.get_ref()
		director._fail(reply)
	return true
