class_name DreamRecording
extends RefCounted
## A recording of a [DreamStream] as a take, made by [method DreamStream.record]: what was directed and when, for a bug report or a film.
##
## [codeblock]
## var recording := await stream.record()
## # Later, when the fault was seen:
## await recording.stop("user://bug.take.jsonl")
## [/codeblock]
## [code]dreambridge replay bug.take.jsonl[/code] repeats it. The daemon keeps the recording in its memory until it is read; after 64 MiB it
## ends by itself.

## Does it go on? False after [method stop], and when the recording ended by itself.
var recording := true
## Steps recorded so far, as the daemon told last.
var steps := 0
## The text of the take that was read so far.
var text: String:
	get:
		return "".join(_pieces)

# One request at a time: each reply has the next piece.
signal _idle

var _stream: DreamStream
var _pieces := PackedStringArray()
var _more := false
var _busy := false
# Why a part of the take is lost for good; empty: nothing is.
var _torn := ""


func _init(stream: DreamStream, told: Dictionary) -> void:
	_stream = stream
	_take(told)


## [code]await recording.read()[/code] returns the text of the take so far. It takes what is there from the daemon.
func read() -> String:
	await _free()
	if recording:
		await _ask("read")
	_release()
	return text


## [code]await recording.stop(path)[/code] ends the recording and returns its text. With [param path] (a [code]*.take.jsonl[/code]) it writes the
## text into that file, which must not exist: a take cannot be made again. Returns "" after an error (see [signal DreamStream.failed]); [member
## text] has what was read until then, and it can be called again.
func stop(path := "") -> String:
	await _free()
	var whole := _torn.is_empty() and not (recording or _more)
	if not whole:
		whole = await _ask("stop")
	_release()
	return text if whole and (path.is_empty() or _write(path)) else ""


## Ask until there is no more.
func _ask(action: String) -> bool:
	var done := _take(await _request(action))
	while done and _more:
		done = _take(await _request("read"))
	return done


func _request(action: String) -> Dictionary:
	if _torn:
		_fail("bad_state", "A part of the take is lost: %s" % _torn, "Its text has what was read before. Record again with replace = true.")
		return {}
	if not is_instance_valid(_stream) or not _stream._session.is_open():
		_fail("daemon_gone", "The recording cannot be read: the stream is not connected to the daemon.", "Read or stop it again when the stream plays.")
		return {}
	var told := await _stream._playback.answer("record", {"action": action}, false)
	if _torn:
		return {}
	if told.is_empty() or told.get("code") == "daemon_gone":
		# The daemon may have given its piece away.
		_torn = "the daemon did not answer in time." if told.is_empty() else "the connection to the daemon was lost."
	if told.get("type") == "error":
		_fail(str(told["code"]), str(told["message"]), str(told["hint"]))
		return {}
	return told


## Another recording of the stream begins.
func _displace() -> void:
	if recording or _more:
		_torn = "another recording has replaced it."
	recording = false
	_more = false


func _take(told: Dictionary) -> bool:
	if told.is_empty():
		return false
	_pieces.append(str(told["text"]))
	recording = told["recording"]
	steps = told["steps"]
	_more = told["more"]
	return true


func _write(path: String) -> bool:
	if FileAccess.file_exists(path):
		return _fail("bad_argument", "%s exists." % path, "Choose a new name; stop() can be called again.")
	var file := FileAccess.open(path, FileAccess.WRITE)
	if file == null:
		return _fail("no_access", "%s cannot be written: %s." % [path, error_string(FileAccess.get_open_error())], "Choose another path, such as user://bug.take.jsonl.")
	file.store_string(text)
	file.flush()
	var error := file.get_error()
	file.close()
	if error != OK:
		DirAccess.remove_absolute(path)
		return _fail("no_access", "%s cannot be written: %s." % [path, error_string(error)], "Choose another path; stop() can be called again.")
	return true


func _fail(code: String, message: String, hint: String) -> bool:
	if is_instance_valid(_stream):
		_stream._on_failed(code, message, hint)
	else:
		push_warning("Dreambridge [%s]: %s %s" % [code, message, hint])
	return false


func _free() -> void:
	while _busy:
		await _idle
	_busy = true


func _release() -> void:
	_busy = false
	_idle.emit()
