extends RefCounted
## A stream's view as its game sees it: asks for the input ring, writes pictures into it, and attaches it again by itself
## when the stream was opened anew. Knows session and ring, nothing of nodes.

signal attached(info: Dictionary)
signal failed(code: String, message: String, hint: String)

const Session := preload("session.gd")
const ViewWriter := preload("../ring/view_writer.gd")
const TAKING: Array[Session.State] = [
	Session.State.PLAYING, Session.State.SLOWED, Session.State.PAUSED, Session.State.STUCK, Session.State.ORPHANED,
]

const ORDER: Array[String] = ["label", "colour", "depth", "normal", "motion"]

## Is there a ring whose pictures somebody takes?
var live: bool:
	get:
		return _writer.is_open() and _session.state in TAKING
## The daemon's answer to attach_view: width, height, layers, palette …; empty before.
var info := {}

var _session: Session
var _writer := ViewWriter.new()
var _layers: Array = []
var _wanted: Array = []
var _further: Array = []
# What the daemon has not confirmed may be lost with the connection.
var _leaving := false


func _init(session: Session) -> void:
	_session = session
	_session.opened.connect(_on_opened)
	_session.returned.connect(_on_returned)


## Attach a view of [param layers] (label and depth) now, or as soon as the stream is open; and of those of [param further] that the
## bundle takes.
func attach(layers: Array, further: Array = []) -> void:
	_wanted = layers.duplicate()
	_further = further.duplicate()
	_layers = _wanted
	_leaving = false
	_ask()


## Go back to the bundle's own stage.
func detach() -> void:
	if _layers:
		_leaving = true
		_leave()
	_layers = []
	_session.no_view_comes()
	_forget()


## The picture's number; 0 when nobody takes it. See ViewWriter.publish.
func publish(pixels: PackedByteArray, tick: int, time: float) -> int:
	return _writer.publish(pixels, tick, time) if live else 0


func _ask() -> void:
	if _layers:
		_layers = _taken()
		_session.await_view()
		_session.ask("attach_view", {"layers": _layers}, _on_reply)


# The layers to ask for, in the order of a slot.
func _taken() -> Array:
	var told: Variant = _session.info.get("view")
	var known: Array = (told as Dictionary).get("layers", []) if told is Dictionary else []
	return ORDER.filter(func(layer: String) -> bool: return _wanted.has(layer) or (_further.has(layer) and known.has(layer)))


func _leave() -> void:
	_session.ask("detach_view", {}, _on_left)


func _on_left(m: Dictionary) -> void:
	if m["type"] != "error" or m["code"] != "daemon_gone":
		_leaving = false


func _on_opened(_info: Dictionary) -> void:
	_leaving = false
	_forget()
	_ask()


## The connection is back and the session lives: the ring is good, but what was asked may not have been heard.
func _on_returned() -> void:
	if _leaving:
		_leave()
	elif not _writer.is_open():
		_ask()


func _on_reply(m: Dictionary) -> void:
	if m["type"] == "error":
		if m["code"] == "daemon_gone":
			return  # asked again when the daemon is back
		_session.no_view_comes()
		failed.emit(str(m["code"]), str(m["message"]), str(m["hint"]))
	elif m["layers"] == _layers:
		if _writer.open(str(m["ring"])):
			info = m
			_session.view_comes()
			attached.emit(info)
		else:
			_leave()
			_session.no_view_comes()
			var e := Session.unreachable(str(m["ring"]), _writer.error)
			failed.emit(str(e["code"]), str(e["message"]), str(e["hint"]))


func _forget() -> void:
	_writer.close()
	info = {}
