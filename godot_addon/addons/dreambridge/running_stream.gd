@tool
extends Node
## What a [DreamStream] tells of itself while it runs, and what a game asks of it.

const Playback := preload("session/playback.gd")
const Session := preload("session/session.gd")
const SaveSlot := preload("session/save_slot.gd")
const SaveLoad := preload("session/save_load.gd")
const GameClock := preload("session/game_clock.gd")
## What a stream does: CLOSED, SEARCHING, OPENING, PLAYING, SLOWED, PAUSED, STUCK, ORPHANED, LOST or FAILED (PROTOCOL.md).
const State := preload("protocol/messages.gd").State
## How long a reply is waited for at most, in milliseconds.
const MAX_WAIT_MS := Playback.MAX_WAIT_MS

## The current state.
var state: State:
	get:
		return _session.state
## The name of [member state], such as "playing". A newer daemon may have a name that is not in [enum State]; it counts as PLAYING.
var state_name: String:
	get:
		return _session.state_name
## Index of the frame in [member DreamStream.texture]; -1: none yet.
var frame_index: int:
	get:
		return _session.reader.index
## Revision of the conditions that the frame in [member DreamStream.texture] was made with.
var frame_revision: int:
	get:
		return _session.reader.revision
## Stream time of that frame, in seconds.
var stream_time: float:
	get:
		return _session.reader.time
## Duration of the step that made that frame, in milliseconds.
var step_ms: float:
	get:
		return _session.reader.step_ms
## View number ([signal DreamView.sent]) that the frame in [member DreamStream.texture] was painted over; 0: none.
var frame_view: int:
	get:
		return _session.reader.view
## Quality level that made that frame, one of [code]info["levels"][/code]; empty for a bundle that has only one.
var frame_level: String:
	get:
		var levels: Array = _session.info.get("levels", [])
		return levels[_session.reader.level] if _session.reader.level < levels.size() else ""
## Frames that were dropped because the daemon could not make them in time.
var dropped: int:
	get:
		return _session.reader.dropped
## The schema of the bundle's conditions, by name; empty before the stream is open.
var schema: Dictionary:
	get:
		return _session.info.get("conditions", {})
## The daemon's answer to open: provider, threads, ring, width, height …
var info: Dictionary:
	get:
		return _session.info

# The still of the last look.
var _still: Texture2D
var _clock := GameClock.new()
# The last recording that was begun.
var _recording: WeakRef
var _playback := Playback.new()
var _session: Session = _playback.session


## Was the stream started? It may still search for the daemon ([member state]).
func is_running() -> bool:
	return _playback.running


## Will no frame come before something is changed: no daemon answers, or the stream failed?
func is_hopeless() -> bool:
	return _playback.is_hopeless()


## [code]await stream.shown(ticket)[/code] waits until a frame with that direction is in [member DreamStream.texture], and returns true. It returns
## false if the daemon refused the direction (see [signal DreamStream.failed]), if the stream was stopped, or after [param timeout] seconds.
func shown(ticket: int, timeout := 10.0) -> bool:
	return is_inside_tree() and await _playback.shown(ticket, timeout)


## [code]await stream.settled(ticket)[/code] waits until the transitions of that direction have ended in the picture, and returns true. It
## returns false if one of its conditions was given something else before that, if the daemon refused it, if the stream was stopped, or
## after [param timeout] seconds.
func settled(ticket: int, timeout := 60.0) -> bool:
	return is_inside_tree() and await _playback.settled(ticket, timeout)


## Milliseconds from that direction to the tick that shows its first frame; -1: not yet.
func latency_ms(ticket: int) -> float:
	return _session.latency_ms(ticket)


## Make no more frames until [method resume] or [method step]. Stream time stands still.
func pause() -> void:
	_session.want["paused"] = true  # also after a restart of the daemon
	_session.ask("pause")


## Continue after [method pause]; not before the game's time does, if the stream stands still with it.
func resume() -> void:
	_session.want["paused"] = false
	if not _stands_still():
		_session.ask("resume")


## Make [param count] steps of a paused stream.
func step(count := 1) -> void:
	_session.ask("step", {"count": count})


## [code]await stream.snapshot()[/code] returns the whole state of the stream, for a save game; empty: an error (see [signal DreamStream.failed]).
func snapshot() -> PackedByteArray:
	var reply := await _answer("snapshot", {})
	var data: PackedByteArray = reply.get("data", PackedByteArray())
	return data


## [code]await stream.restore(bytes)[/code] goes back to a snapshot of the same bundle. Returns false after an error.
func restore(bytes: PackedByteArray) -> bool:
	var reply := await _answer("restore", {"data": bytes})
	return reply.get("type") == "restored"


## [code]await stream.save_snapshot("user://large.dream")[/code] lets the daemon write a snapshot of any size to a file, over an earlier one, and returns
## its size in bytes: for models whose state fits into no message. -1: an error (see [signal DreamStream.failed]), such as a file there that is
## no snapshot.
func save_snapshot(path: String) -> int:
	var reply := await _answer("snapshot", {"file": ProjectSettings.globalize_path(path)})
	return int(reply.get("bytes", -1))


## [code]await stream.load_snapshot("user://large.dream")[/code] goes back to a snapshot that [method save_snapshot] wrote. Returns false after an error.
func load_snapshot(path: String) -> bool:
	var reply := await _answer("restore", {"file": ProjectSettings.globalize_path(path)})
	return reply.get("type") == "restored"


## [code]await stream.save_slot()[/code] returns the stream as one text for the game's own save: its state, its conditions and the cutscene
## that plays. Empty: an error (see [signal DreamStream.failed]). Vista's takes about 40,000 bytes.
func save_slot() -> String:
	if not is_inside_tree():
		return ""
	var reply := await _playback.answer("snapshot", {}, false)
	var without_state := str(reply.get("code", "")) in SaveSlot.WITHOUT_STATE_CODES
	if reply.get("type") == "error" and not without_state:
		_playback.failed.emit(str(reply["code"]), str(reply["message"]), str(reply["hint"]))
	if reply.get("type") != "snapshotted" and not without_state:
		return ""
	var bytes: PackedByteArray = reply.get("data", PackedByteArray())
	return SaveSlot.text(_session, _playback.cutscene.saved(), bytes)


## [code]await stream.restore_slot(text)[/code] goes back to what [method save_slot] gave, also after a restart of game and daemon. Returns:
## [br]- loaded: false after an error (see [signal DreamStream.failed]); nothing has changed then;
## [br]- exact: the next frame is the one that would have come next. Otherwise the picture was made again from the directions, because the
## bundle is another one or of another version, and reason says so;
## [br]- left_out: conditions that this bundle does not have, or refused;
## [br]- cutscene: a cutscene goes on. [param player] has its signals; null: [member DreamStream.cutscene_player]. A save does not hold the files of its
## cutscene: they are read from [param folder]; "": from that of the player's cutscene.
func restore_slot(text: String, player: DreamCutscenePlayer = null, folder := "") -> Dictionary:
	if not is_inside_tree():
		return SaveSlot.NOT_LOADED.duplicate()
	var takes: DreamCutscenePlayer = player if player else get(&"cutscene_player")
	var played := takes.cutscene
	if folder.is_empty() and played:
		folder = played.folder if played.folder else played.resource_path.get_base_dir()
	var loading := SaveLoad.new(_playback, _files_in.bind(folder))
	var loaded := await loading.load_text(text)
	if loading.run >= 0:
		takes._run = loading.run
	return loaded


static func _files_in(document: String, folder: String) -> Dictionary:
	var of := DreamCutscene.new()
	of.document = document
	of.folder = folder
	return of.files() if folder else {}


## [code]await stream.keep("door")[/code] keeps the place before the next frame under that name, for [method rewind]. Returns false after an error.
func keep(place: String) -> bool:
	return not (await _answer("keep", {"name": place})).is_empty()


## [code]await stream.rewind({"name": "door"})[/code] goes back and continues from there: to the place of a name, {"seconds": 10.0} of stream
## time, or the last {"mark": …} or {"shot": …} of a cutscene. Returns where it landed, with frame_index, time, shot and at; empty: an error.
func rewind(to: Dictionary) -> Dictionary:
	return await _answer("rewind", to)


## [code]await stream.fork()[/code] returns a paused copy of the stream before its next frame: model, conditions and cutscene. Null: an error.
func fork() -> DreamFork:
	var told := await _answer("fork", {})
	return DreamFork.new(self as Node as DreamStream, told) if told else null


## [code]await stream.record()[/code] records what happens from now on as a take, until [method DreamRecording.stop]. Null: an error. With
## [param views] the game's own pictures are in it too; with [param digests] a replay can compare each frame. With [param replace] it ends
## another recording that this stream still has, such as one that the daemon did not answer in time.
func record(views := false, digests := true, replace := false) -> DreamRecording:
	var fields := {"action": "start", "views": views, "digests": digests}
	if replace:
		_displace_recording()
		var other := await _playback.answer("record", {"action": "stop"}, false)
		while other.get("more", false):
			other = await _playback.answer("record", {"action": "read"}, false)
	var told := await _answer("record", fields)
	if told.is_empty():
		return null
	_displace_recording()
	var made := DreamRecording.new(self as Node as DreamStream, told)
	_recording = weakref(made)
	return made


## The daemon has one recording of a stream: what the last one asks from now on would be of the next one.
func _displace_recording() -> void:
	var last: DreamRecording = _recording.get_ref() if _recording else null
	if last:
		last._displace()


## [code]await stream.stats()[/code] returns the session's figures; empty: an error. See PROTOCOL.md for the fields.
func stats() -> Dictionary:
	return await _answer("stats", {})


# A paused tree does not show the frames: the daemon makes none meanwhile.
func _notification(what: int) -> void:
	if what in [NOTIFICATION_PAUSED, NOTIFICATION_UNPAUSED] and is_running() and not _session.want.get("paused", false) and not _clock.stands:
		_session.ask("pause" if what == NOTIFICATION_PAUSED else "resume")


# Does the game's time stand still, and the stream with it?
func _stands_still() -> bool:
	return _clock.stands or (is_inside_tree() and get_tree().paused and not can_process())


# The connection is back, and the session lives on: what was asked meanwhile was not heard. Else its state is the daemon's to tell.
func _on_returned() -> void:
	_session.stands_still = _stands_still()
	if not _session.unheard:
		return
	if _session.want.get("paused", false) or _session.stands_still:
		_session.ask("pause")
	elif not _playback.cutscene.opened_paused:
		_session.ask("resume")


# Once a tick.
func _follow_clock(follows: bool) -> void:
	var turn := _clock.change(follows)
	if turn and not _session.want.get("paused", false):
		_session.ask(turn)


func _answer(kind: String, fields: Dictionary) -> Dictionary:
	return await _playback.answer(kind, fields) if is_inside_tree() else {}


# The texture shows the still of a look, now or as soon as it is known that no daemon answers.
func _show_instead(still: Texture2D) -> void:
	_still = still if still else _still
	var shows: DreamTexture = get(&"texture")
	if still and shows and is_hopeless() and frame_index < 0:
		shows.show_still(still)
