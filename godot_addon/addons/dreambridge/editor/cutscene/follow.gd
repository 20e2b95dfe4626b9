@tool
extends RefCounted
## Lets the preview follow the playhead: loads the document into the stream of the edited scene, goes to the place, makes one frame. While it
## is on its way, only the newest place is kept.

## What the daemon said to the document or the place.
signal refused(code: String, message: String, hint: String)

const Preview := preload("../preview.gd")

var _preview: Preview
var _stream: DreamStream
var _document := ""
var _busy := false
# {shot, at} that comes next.
var _wanted := {}


func _init(preview: Preview) -> void:
	_preview = preview


## Show second [param at] of [param shot]; the stream starts if it does not run.
func show(cutscene: DreamCutscene, shot: String, at: float) -> void:
	_preview.followed = true
	if not is_instance_valid(_preview.picked):
		return
	if _stream != _preview.picked:
		leave()
		_stream = _preview.picked
		_stream._cutscene.failed.connect(_on_failed)
		_stream._session.opened.connect(_on_opened)
	_wanted = {"shot": shot, "at": at}
	if _document != cutscene.document:
		_document = cutscene.document
		_busy = false
		_stream._session.want["paused"] = true
		_stream._cutscene.play(cutscene.document, cutscene.files(), {"shot": shot, "mark": "", "at": at, "variables": {}})
	_go_on()


## Play from there in real time.
func play(cutscene: DreamCutscene, shot: String, at: float) -> void:
	show(cutscene, shot, at)
	if is_instance_valid(_stream):
		_wanted = {}
		_busy = false
		_stream._session.want["paused"] = false
		_stream._cutscene.play(cutscene.document, cutscene.files(), {"shot": shot, "mark": "", "at": at, "variables": {}})
		_stream.resume()


func pause() -> void:
	if is_instance_valid(_stream):
		_stream.pause()


## Leave the stream as it is.
func leave() -> void:
	if is_instance_valid(_stream):
		_stream._cutscene.failed.disconnect(_on_failed)
		_stream._session.opened.disconnect(_on_opened)
		_stream._cutscene.ask("cutscene_stop", {}, Callable())
		_stream._cutscene.forget()
		if _stream._session.want.get("paused", false):
			_stream.resume()
	_stream = null
	_document = ""
	_busy = false
	_wanted = {}


func close() -> void:
	leave()
	_preview.followed = false


func _go_on() -> void:
	if _busy or _wanted.is_empty() or not is_instance_valid(_stream):
		return
	var place := _wanted
	if _stream._cutscene.ask("cutscene_seek", place, _on_there.bind(place)):
		_busy = true


func _on_there(reply: Dictionary, place: Dictionary) -> void:
	if reply.get("type") == "error" or not is_instance_valid(_stream) or not _stream._session.ask("step", {"count": 1}, _on_stepped.bind(place)):
		_busy = false


func _on_stepped(_reply: Dictionary, place: Dictionary) -> void:
	_busy = false
	if _wanted == place:
		_wanted = {}
	_go_on()


# The stream was opened, for the first time or again: the cutscene is loaded by itself.
func _on_opened(_info: Dictionary) -> void:
	_busy = false
	_go_on()


func _on_failed(code: String, message: String, hint: String) -> void:
	_document = ""
	refused.emit(code, message, hint)
