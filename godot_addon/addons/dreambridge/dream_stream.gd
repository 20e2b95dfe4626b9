@tool
@icon("icons/dream_stream.svg")
class_name DreamStream
extends "running_stream.gd"
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
## The daemon has opened the bundle: [member info] and [member schema] hold. The first frame follows.
signal opened
## The transitions of that direction have ended in the picture, or it was replaced; see [method settled].
signal direction_settled(ticket: int)
## [member state] or its reason changed.
signal state_changed(state: State, reason: String)
## An error: its code (see PROTOCOL.md), what is wrong, and how to fix it. The stream continues if it can.
signal failed(code: String, message: String, hint: String)

## Group of all streams, for the addon itself.
const GROUP := &"_dream_streams"
const Cutscene := preload("session/cutscene.gd")
const Picture := preload("codec/picture.gd")
const Program := preload("system/program.gd")
const Holder := preload("conditions/holder.gd")
const Known := preload("conditions/known.gd")
const PoseLinks := preload("pose_links.gd")
const Warnings := preload("stream_warnings.gd")

## Name of the bundle, or the path of its folder. Each of its conditions is a property of this node, such as
## [code]conditions/weather[/code]: in the inspector, for the track of an [AnimationPlayer], and for a [Tween]. A condition that is unset
## shows the bundle's default. The inspector lists what a daemon has told last.
@export var bundle := "vista":
	set(value):
		if value != bundle:
			bundle = value
			_open_again()
			notify_property_list_changed()
			update_configuration_warnings()
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
## Conditions that many scenes share. What this node sets itself wins. A change of the resource directs the running stream.
@export var preset: DreamConditions:
	set(value):
		if preset:
			preset.changed.disconnect(_on_held)
		preset = value
		if preset:
			preset.changed.connect(_on_held)
		_on_held()
## Length of the transition when a property [code]conditions/NAME[/code] or [member preset] changes, in seconds of stream time. 0: at once,
## for animations. -1: each condition's own.
@export_range(-1.0, 60.0, 0.05, "suffix:s") var property_over := 0.0:
	set(value):
		property_over = value
		_over = value
## On a slow machine frames are dropped. On: transitions end on time by the clock, and change more from frame to frame. Off: they take as
## many frames as on a fast machine, and so longer.
@export var real_time := true
## On: the stream stands still while Engine.time_scale is 0, and a transition that is given in seconds takes seconds of the game. Its rate
## stays as it is. Off: the time scale means nothing to it.
@export var follow_time_scale := false
## Damp flashes, for players who ask for it: at most one a second. Changes a running stream at once.
@export var less_flashing := false:
	set(value):
		if value != less_flashing:
			less_flashing = value
			if is_running():
				_session.want["less_flashing"] = value
				_session.ask("less_flashing", {"on": value})
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
@export var daemon := "default":
	set(value):
		daemon = value
		update_configuration_warnings()
## ONNX Runtime threads. 0: the daemon chooses by a short measurement.
@export_range(0, 64) var threads := 0
## Scheduling priority of the model's steps.
@export_enum("normal", "below_normal", "idle") var priority := "below_normal"
## Share of the cores that the model may use.
@export_range(0.1, 1.0, 0.05) var max_cpu := 1.0
## Quality level of the bundle that makes all frames. Empty: the best one that can keep the rate, which may change while the stream runs.
@export var level := ""

## A Python that has dreambridge installed, or the command dreambridge itself: the node starts the daemon with it if none is running and
## the game has no packaged folder. Empty: the one of the editor's or the project's settings. It is not saved in the scene, because a
## path holds for one machine only.
var python := "":
	set(value):
		python = value
		update_configuration_warnings()
## In the editor: the texture that gets the frames while the scene itself does not show them; null: [member texture] gets them.
var shown_in: DreamTexture
## The bundle's conditions when a daemon was last seen, so that the scene can be edited without one.
@export_storage var known_schema := {}

## Conditions that hold from the first frame on, by name. Another dictionary directs the running stream: what is not in it is unset.
var conditions: Dictionary:
	get:
		return _holder.values
	set(value):
		_over = -1.0
		_holder.assign(value)
		_over = property_over
## The player of [method play], which the stream makes itself.
var cutscene_player: DreamCutscenePlayer:
	get:
		if cutscene_player == null:
			cutscene_player = DreamCutscenePlayer.new()
			cutscene_player.name = "DreamCutscenePlayer"
			cutscene_player.stream = self
			add_child(cutscene_player, false, INTERNAL_MODE_FRONT)
		return cutscene_player

## The film of a cutscene that is shown in place of frames; null: none is.
var film_shown: Node

var _cutscene: Cutscene = _playback.cutscene
var _holder := Holder.new(_known)
var _over := property_over
# In the editor: the last errors of the running stream, a line each, for the scene dock.
var _trouble := ""
# Condition to the DreamPose that a path names.
var _links := {}


func _init() -> void:
	_holder.changed.connect(_on_held)
	_holder.listed.connect(notify_property_list_changed)
	_holder.struck.connect(func(condition: String, value: Variant) -> void: if is_running(): direct({condition: value}))
	_session.state_changed.connect(_on_state)
	_session.failed.connect(_on_failed)
	_session.opened.connect(_on_opened)
	_session.returned.connect(_on_returned)
	_session.settled.connect(direction_settled.emit)
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


func _get_configuration_warnings() -> PackedStringArray:
	return Warnings.of(self, _known(), GROUP, _trouble)


func _validate_property(property: Dictionary) -> void:
	if property["name"] == "bundle":
		Known.as_choice(property, bundle)
	elif property["name"] == "process_priority":
		# It is always -100 in the game; scenes of older versions hold it.
		property["usage"] = PROPERTY_USAGE_NONE


func _get_property_list() -> Array[Dictionary]:
	return _holder.list()


func _set(property: StringName, value: Variant) -> bool:
	return _holder.put(property, value)


func _get(property: StringName) -> Variant:
	return _holder.take(property)


func _property_can_revert(property: StringName) -> bool:
	return _holder.can_revert(property)


func _property_get_revert(_property: StringName) -> Variant:
	return null


## The schema of the bundle, also of one that is not open.
func _known() -> Dictionary:
	return schema if schema and info.get("bundle") == bundle else Known.schema(bundle, known_schema)


func _on_held() -> void:
	_holder.below = preset.values if preset else {}
	if Engine.is_editor_hint() and is_inside_tree() and conditions:
		remember()  # the scene changes anyway
	var other := _holder.difference()
	if is_running() and other:
		_know_trouble("")
		direct(other, _over)


# Several of them may change in one tick.
func _open_again() -> void:
	if is_running() and not _playback.left:
		_playback.left = {"values": _session.effective.duplicate() if _session.want["bundle"] == Program.absolute(bundle) else {}}
		_open_now.call_deferred()


func _open_now() -> void:
	var left := _playback.left
	if is_running():
		stop()
		_playback.left = left
		start()


func _wake() -> void:
	_session.stands_still = _stands_still()
	if not can_process():
		# Nobody calls _process: what was asked is answered all the same, as for a save from a pause menu.
		_playback.hear()
	_playback.woken.emit()


## Find the daemon and open the stream. Also opens a stream again that failed. Does not wait.
func start() -> void:
	if is_running() and state == State.FAILED:
		stop()
	if is_running():
		return
	if texture == null and not Engine.is_editor_hint():
		texture = DreamTexture.new()
	var request := {"bundle": Program.absolute(bundle), "seed": seed, "threads": threads, "priority": priority, "max_cpu": max_cpu}
	if level:
		request["level"] = level
	if less_flashing:
		request["less_flashing"] = true
	if fps != 0.0:
		request["fps"] = maxf(fps, 0.0)
	_playback.start(daemon, Program.to_autostart(python), request, _plain(_holder.all()))
	_work(true)


## Close the stream; the last picture stays.
func stop() -> void:
	_playback.stop()
	_know_trouble("")
	_work(false)


## Change conditions. Returns a ticket for [method shown] and [method settled].
## [br][br][param over] is the length of the transition in seconds of stream time; below 0: each condition's own. [param easing] is
## "linear", "smooth", "in" or "out"; empty: each condition's own. A value of null unsets its condition. For a picture use an Image, a
## Texture2D, or the bytes of a PNG, JPEG or WebP file.
## [br][br]Values that you direct before the stream is open hold from its first frame on. While the daemon is unavailable, all values
## except those of event conditions are kept until it is back.
func direct(values: Dictionary, over := -1.0, easing := "") -> int:
	return _session.direct(_plain(values), GameClock.seconds(over, follow_time_scale), easing, false, -1, real_time)


## Change to a look: its conditions, in its transition; without a daemon, its still. Returns a ticket, as [method direct] does.
func apply(look: DreamLook) -> int:
	_show_instead(look.still)
	return direct(look.values_over(_session.effective), look.over, "" if look.easing == "default" else look.easing)


## [code]await stream.play(cutscene)[/code] plays a cutscene to its end, and returns true. Its marks, waits and choices are signals of
## [member cutscene_player], which also takes the answers. Returns false after an error, if the stream was stopped, or if another
## cutscene took its place. Parameters as in [method DreamCutscenePlayer.play].
func play(cutscene: DreamCutscene, from_shot := "", values := {}) -> bool:
	cutscene_player.cutscene = cutscene
	return await cutscene_player.play(from_shot, "", 0.0, values) and await cutscene_player.happens("ended")


## Change conditions at once, and reset the model's state. A [param new_seed] of 0 or more replaces the old seed. Returns a ticket.
func cut(values := {}, new_seed := -1) -> int:
	return _session.direct(_plain(values), 0.0, "", true, new_seed)


func _plain(values: Dictionary) -> Dictionary:
	return Picture.plain(Holder.Properties.to_send(_known(), PoseLinks.link(self, values, _links)))


func _process(_delta: float) -> void:
	if not is_running():
		_work(false)
		return
	_follow_clock(follow_time_scale)
	var pixels := _playback.tick()
	if not pixels.is_empty() and _target():
		_target().show_pixels(pixels, _session.reader.width, _session.reader.height)
	_cutscene.tick()
	if is_running() and not pixels.is_empty():
		frame_ready.emit(_session.reader.index, _session.reader.revision)
	if is_running():
		_session.tell_settled()
	_playback.look_after()


func _target() -> DreamTexture:
	return shown_in if shown_in else texture


func _on_state(now: State, reason: String) -> void:
	state_changed.emit(now, reason)


func _on_opened(_info: Dictionary) -> void:
	_clock.stands = false
	if _stands_still():
		_session.ask("pause")
	if Engine.is_editor_hint():
		notify_property_list_changed()
		update_configuration_warnings()  # no daemon may have run when the scene was opened
	var apart := Warnings.apart(_session.channel.connection)
	_know_trouble(apart)
	if apart:
		push_warning("Dreambridge: " + apart)
	var too_large := Warnings.too_large(info["width"] as int, info["height"] as int)
	if too_large:
		_on_failed("not_supported", too_large[0], too_large[1])
	opened.emit()


func _know_trouble(what: String) -> void:
	if Engine.is_editor_hint() and what != _trouble:
		_trouble = what
		update_configuration_warnings()


## Keep what is known of [member bundle] with the node, for machines without a daemon. A change of a condition in the editor does it.
func remember() -> void:
	var known := _known()
	if known:
		known_schema = Known.kept(bundle, known)


func _on_failed(code: String, message: String, hint: String) -> void:
	if _target() and frame_index < 0:
		_target().show_still(_still if _still else fallback if fallback else poster)
	push_warning("Dreambridge [%s]: %s %s" % [code, message, hint])
	_know_trouble(Warnings.with_line(_trouble, ("%s %s" % [message, hint]).strip_edges()))
	failed.emit(code, message, hint)
