@tool
@icon("icons/dream_stream.svg")
class_name DreamStream
extends Node
## A running stream: opens a bundle in the Dreambridge daemon, shows its frames in [member texture], and directs it.
##
## [codeblock]
## $DreamStream.direct({"weather": "storm"}, 2.0)
## var ticket: int = $DreamStream.direct({"time_of_day": 23.5})
## await $DreamStream.shown(ticket)   # the picture on screen obeys
## [/codeblock]
## The main thread never waits for the daemon. If the daemon goes away, the last picture stays, and [member state] is
## [constant State.LOST]. When the daemon is back, the stream continues by itself with the same seed and conditions.

## A new frame is in [member texture]: its index, and the revision of the conditions that it was made with.
signal frame_ready(index: int, revision: int)
## [member state] or its reason changed.
signal state_changed(state: State, reason: String)
## An error: its code (see PROTOCOL.md), what is wrong, and how to fix it. The stream continues if it can.
signal failed(code: String, message: String, hint: String)

const Playback := preload("session/playback.gd")
const Session := preload("session/session.gd")
const Cutscene := preload("session/cutscene.gd")
## What a stream does: CLOSED, SEARCHING, OPENING, PLAYING, SLOWED, PAUSED, STUCK, ORPHANED, LOST or FAILED (PROTOCOL.md).
const State := preload("protocol/messages.gd").State
const PREFIX := "conditions/"
const GROUP := &"_dream_streams"
const Picture := preload("codec/picture.gd")
const Program := preload("system/program.gd")
const MAX_WAIT_MS := Playback.MAX_WAIT_MS

## Name of the bundle, or the path of its folder.
@export var bundle := "vista":
	set(value):
		if value != bundle:
			bundle = value
			_open_again()
## Start when the scene starts.
@export var autostart := true
## The same seed with the same directions gives the same frames.
@warning_ignore("shadowed_global_identifier")
@export var seed := 0:
	set(value):
		if value != seed:
			seed = value
			_open_again()
## Frames a second. 0: the bundle's own. -1: as fast as possible.
@export_range(-1.0, 240.0, 0.1) var fps := 0.0:
	set(value):
		if value != fps:
			fps = value
			_open_again()
## Conditions that hold from the first frame on, by name. Another dictionary directs the running stream. Each condition is a property
## too, such as [code]conditions/weather[/code], for the track of an [AnimationPlayer] or a [Tween].
@export var conditions := {}:
	set(value):
		var changed := {}
		for condition: Variant in value.merged(conditions):
			if value.get(condition) != conditions.get(condition):
				changed[condition] = value.get(condition)
		conditions = value
		if is_running() and changed:
			direct(changed)
## The texture that shows the frames. Use the same resource wherever you want to show them. Empty: the node makes one.
@export var texture: DreamTexture:
	set(value):
		texture = value if value or not is_running() or Engine.is_editor_hint() else DreamTexture.new()
		update_configuration_warnings()
## Shown until the first frame has come.
@export var poster: Texture2D
## Shown when there is no daemon, as on a player's machine without one. Empty: the poster.
@export var fallback: Texture2D
@export_group("Daemon")
## Name of the daemon's connection file. A daemon that the game starts itself gets a name of its own, so that two games do not
## share one.
@export var daemon := "default"
## ONNX Runtime threads. 0: the daemon chooses by a short measurement.
@export_range(0, 64) var threads := 0
## Scheduling priority of the model's steps.
@export_enum("normal", "below_normal", "idle") var priority := "below_normal"
## Share of the cores that the model may use.
@export_range(0.1, 1.0, 0.05) var max_cpu := 1.0

## A Python that has dreambridge installed, or the command dreambridge itself: the node starts the daemon with it if none is running and
## the game has no packaged folder. Empty: the one of the editor's or the project's settings. It is not saved in the scene, because a
## path holds for one machine only.
var python := "":
	set(value):
		python = value
		update_configuration_warnings()
## In the editor: the texture that gets the frames while the scene itself does not show them; null: [member texture] gets them.
var shown_in: DreamTexture
## The current state.
var state: State:
	get:
		return _session.state
## The name of [member state], such as "playing". A newer daemon may have a name that is not in [enum State]; it counts as PLAYING.
var state_name: String:
	get:
		return _session.state_name
## Index of the frame in [member texture]; -1: none yet.
var frame_index: int:
	get:
		return _session.reader.index
## Revision of the conditions that the frame in [member texture] was made with.
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
## View number ([signal DreamView.sent]) that the frame in [member texture] was painted over; 0: none.
var frame_view: int:
	get:
		return _session.reader.view
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

var _playback := Playback.new()
var _session: Session = _playback.session
var _cutscene: Cutscene = _playback.cutscene


func _init() -> void:
	_session.state_changed.connect(_on_state)
	_session.failed.connect(_on_failed)
	_playback.failed.connect(_on_failed)


func _ready() -> void:
	# In the editor the scene would be saved with it.
	if texture == null and not Engine.is_editor_hint():
		texture = DreamTexture.new()
	if texture:
		texture.show_still(poster)
	if autostart and not Engine.is_editor_hint():
		start()
	_work(is_running())


func _enter_tree() -> void:
	if not Engine.is_editor_hint():
		# Before the nodes that use the picture in the same tick. Not in the editor, which would write it into the scene.
		process_priority = -100
	if _playback.left:
		start()
	_work(is_running())
	add_to_group(GROUP)
	update_configuration_warnings()


func _exit_tree() -> void:
	_work(false)
	remove_from_group(GROUP)
	if Engine.is_editor_hint():
		# Another scene is edited: its preview starts it again.
		_playback.stop()
	else:
		_playback.leave()


# A stream that does not run has no callback.
func _work(on: bool) -> void:
	set_process(on)
	if is_inside_tree() and on != get_tree().process_frame.is_connected(_wake):
		if on:
			get_tree().process_frame.connect(_wake)
		else:
			get_tree().process_frame.disconnect(_wake)


func _validate_property(property: Dictionary) -> void:
	# It is always -100 in the game; scenes of older versions hold it.
	if property["name"] == "process_priority":
		property["usage"] = PROPERTY_USAGE_NONE


func _get_configuration_warnings() -> PackedStringArray:
	var said := PackedStringArray()
	for other: DreamStream in get_tree().get_nodes_in_group(GROUP) if is_inside_tree() else []:
		if other != self and texture and other.texture == texture:
			said.append("%s has the same texture. Make this one unique, or both streams write into it." % other.name)
	if python and Engine.is_editor_hint():
		said.append("The scene holds the path of a Python, which is not saved any more. Set it in Project Settings > Dreambridge or Editor Settings > Dreambridge.")
	return said


func _set(property: StringName, value: Variant) -> bool:
	if not property.begins_with(PREFIX):
		return false
	var condition := property.trim_prefix(PREFIX)
	if conditions.get(condition) != value or not conditions.has(condition):
		conditions[condition] = value
		if is_running():
			direct({condition: value}, 0.0)
	return true


func _get(property: StringName) -> Variant:
	return conditions.get(property.trim_prefix(PREFIX)) if property.begins_with(PREFIX) else null


# Several of them may change in one tick.
func _open_again() -> void:
	if is_running() and not _playback.left:
		_playback.left = {"values": _session.effective.duplicate() if _session.want["bundle"] == _path(bundle) else {}}
		_open_now.call_deferred()


func _open_now() -> void:
	var left := _playback.left
	if is_running():
		stop()
		_playback.left = left
		start()


func _wake() -> void:
	_playback.woken.emit()


## Find the daemon and open the stream. Also opens a stream again that failed. Does not wait.
func start() -> void:
	if is_running() and state == State.FAILED:
		stop()
	if is_running():
		return
	if texture == null and not Engine.is_editor_hint():
		texture = DreamTexture.new()
	var request := {"bundle": _path(bundle), "seed": seed, "threads": threads, "priority": priority, "max_cpu": max_cpu}
	if fps != 0.0:
		request["fps"] = maxf(fps, 0.0)
	_playback.start(daemon, Program.find(python), request, Picture.plain(conditions))
	_work(true)


# A paused tree does not show the frames: the daemon makes none meanwhile.
func _notification(what: int) -> void:
	if what in [NOTIFICATION_PAUSED, NOTIFICATION_UNPAUSED] and is_running() and not _session.want.get("paused", false):
		_session.ask("pause" if what == NOTIFICATION_PAUSED else "resume")


## Close the stream; the last picture stays.
func stop() -> void:
	_playback.stop()
	_work(false)


## Was the stream started? It may still search for the daemon ([member state]).
func is_running() -> bool:
	return _playback.running


## Will no frame come before something is changed: no daemon answers, or the stream failed?
func is_hopeless() -> bool:
	return _playback.is_hopeless()


## Change conditions. Returns a ticket for [method shown].
## [br][br][param over] is the length of the transition in seconds of stream time; below 0: each condition's own. [param easing] is
## "linear", "smooth", "in" or "out"; empty: each condition's own. A value of null unsets its condition. For a picture use an Image, a
## Texture2D, or the bytes of a PNG, JPEG or WebP file.
## [br][br]Values that you direct before the stream is open hold from its first frame on. While the daemon is unavailable, all values
## except those of event conditions are kept until it is back.
func direct(values: Dictionary, over := -1.0, easing := "") -> int:
	return _session.direct(Picture.plain(values), over, easing)


## Change conditions at once, and reset the model's state. A [param new_seed] of 0 or more replaces the old seed. Returns a ticket.
func cut(values := {}, new_seed := -1) -> int:
	return _session.direct(Picture.plain(values), 0.0, "", true, new_seed)


## [code]await stream.shown(ticket)[/code] waits until a frame with that direction is in [member texture], and returns true. It returns
## false if the daemon refused the direction (see [signal failed]), if the stream was stopped, or after [param timeout] seconds.
func shown(ticket: int, timeout := 10.0) -> bool:
	return is_inside_tree() and await _playback.shown(ticket, timeout)


## Milliseconds from that direction to the tick that shows its first frame; -1: not yet.
func latency_ms(ticket: int) -> float:
	return _session.latency_ms(ticket)


## Make no more frames until [method resume] or [method step]. Stream time stands still.
func pause() -> void:
	_session.want["paused"] = true  # also after a restart of the daemon
	_session.ask("pause")


## Continue after [method pause].
func resume() -> void:
	_session.want["paused"] = false
	_session.ask("resume")


## Make [param count] steps of a paused stream.
func step(count := 1) -> void:
	_session.ask("step", {"count": count})


## [code]await stream.snapshot()[/code] returns the whole state of the stream, for a save game; empty: an error (see [signal failed]).
func snapshot() -> PackedByteArray:
	var reply := await _answer("snapshot", {})
	var data: PackedByteArray = reply.get("data", PackedByteArray())
	return data


## [code]await stream.restore(bytes)[/code] goes back to a snapshot of the same bundle. Returns false after an error.
func restore(bytes: PackedByteArray) -> bool:
	var reply := await _answer("restore", {"data": bytes})
	return reply.get("type") == "ok"


## [code]await stream.stats()[/code] returns the session's figures; empty: an error. See PROTOCOL.md for the fields.
func stats() -> Dictionary:
	return await _answer("stats", {})


func _answer(kind: String, fields: Dictionary) -> Dictionary:
	return await _playback.answer(kind, fields) if is_inside_tree() else {}


func _process(_delta: float) -> void:
	if not is_running():
		_work(false)
		return
	var pixels := _playback.tick()
	if not pixels.is_empty() and _target():
		_target().show_pixels(pixels, _session.reader.width, _session.reader.height)
	_cutscene.tick()
	if is_running() and not pixels.is_empty():
		frame_ready.emit(_session.reader.index, _session.reader.revision)
	_playback.look_after()


func _target() -> DreamTexture:
	return shown_in if shown_in else texture


static func _path(of_bundle: String) -> String:
	return ProjectSettings.globalize_path(of_bundle) if of_bundle.begins_with("res://") or of_bundle.begins_with("user://") else of_bundle


func _on_state(now: State, reason: String) -> void:
	state_changed.emit(now, reason)


func _on_failed(code: String, message: String, hint: String) -> void:
	if _target() and frame_index < 0:
		_target().show_still(fallback if fallback else poster)
	push_warning("Dreambridge [%s]: %s %s" % [code, message, hint])
	failed.emit(code, message, hint)
