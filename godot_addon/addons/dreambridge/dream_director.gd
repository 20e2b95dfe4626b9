@tool
@icon("icons/dream_director.svg")
class_name DreamDirector
extends Node
## Carries out the directions in the text of a story on a [DreamStream]: [code]weather=storm over=2[/code], [code]cut[/code],
## [code]play arrival[/code], [code]wait shown[/code] (docs/narrative.md has all words).
##
## [codeblock]
## await $DreamDirector.tell("weather=storm over=2")
## await $DreamDirector.tags(["mood: dark", "dream: wait shown"])   # only tags that begin with dream: count
## [/codeblock]
## The story never stops: a wrong direction is told once by [signal failed], and a [code]wait[/code] has a limit. It goes by real time, whatever
## [member Engine.time_scale] is, and also in a paused tree. What cannot be sent yet is merged.

## A direction could not be carried out: the code (PROTOCOL.md), what is wrong, and how to mend it.
signal failed(code: String, message: String, hint: String)
## A direction was understood, and is carried out now. [param statement] has [code]do[/code] and its fields (SCRIPT.md).
signal told(statement: Dictionary)

# At each frame, and when the node leaves the tree: what awaits something looks again.
signal _woken

const Statement := preload("story/statement.gd")
const Pending := preload("story/pending.gd")
const Sending := preload("story/sending.gd")
const Near := preload("story/near.gd")
const PreRoll := preload("story_preroll.gd")
const Cutscenes := preload("story_cutscenes.gd")
const Messages := preload("protocol/messages.gd")
## Group of all directors, for the addon itself.
const GROUP := &"_dream_directors"
## States in which a stream has a session.
const RUNNING: Array[DreamStream.State] = [
	DreamStream.State.PLAYING, DreamStream.State.SLOWED, DreamStream.State.PAUSED, DreamStream.State.STUCK, DreamStream.State.ORPHANED]
## How long a new stream may look for a daemon before a wait takes it for lost; not once one was found, or is being started.
const PATIENCE_MS := 1000
## How long a save that is loaded waits for the stream at most, in milliseconds.
const MAX_WAIT_MS := 30000

## The stream that the story directs.
@export var stream: DreamStream:
	set(value):
		if not is_same(value, stream):
			_leave()
			stream = value
			_join()
		update_configuration_warnings()
## The folder of the cutscenes that [code]play[/code] plays: [code]play arrival[/code] plays [code]arrival.dream.json[/code].
@export_dir var cutscenes := "res://cutscenes"
## What tells the game of marks, waits and choices of these cutscenes. Empty: [member DreamStream.cutscene_player].
@export var player: DreamCutscenePlayer
## Seconds that a [code]wait[/code] without a limit of its own lasts at most.
@export_range(0.0, 60.0, 0.1, "or_greater", "suffix:s") var limit := 5.0
@export_group("Options made ahead")
## Seconds of each option that the daemon makes ahead, in spare time, while the player reads. 0: none.
@export_range(0.0, 10.0, 0.1, "suffix:s") var preroll := 1.0
## Options that are made ahead at most; further ones are directed when they are chosen.
@export_range(0, 8) var forks := 4

## While it is true, no [code]wait[/code] lasts: for a game that skips.
var skipping := false
## Choices that went on as a fork that was made ahead.
var adopted := 0
## Choices that were directed, because no fork was ready.
var directed := 0

var _in_tree := false
var _pending := Pending.new(_is_momentary)
# Of this stream: another one gets others.
var _sent := Sending.new(self, _pending, null)
var _ahead := PreRoll.new(self, null)
var _scenes := Cutscenes.new(self)
var _offered: Array = []
var _skips := 0
var _restoring := 0
# Choices that are carried out now: what a dialogue addon tells next waits for them. It goes with the director.
var _choosing := 0
var _searching_since := Time.get_ticks_msec()
var _told_lost := false


func _get_configuration_warnings() -> PackedStringArray:
	return PackedStringArray() if stream else PackedStringArray(["Set the property stream to the DreamStream that the story directs."])


func _enter_tree() -> void:
	if Engine.is_editor_hint():
		return
	_in_tree = true
	add_to_group(GROUP)
	get_tree().process_frame.connect(_wake)
	_searching_since = Time.get_ticks_msec()


func _exit_tree() -> void:
	if Engine.is_editor_hint():
		return
	_ahead.abandon()
	_in_tree = false
	remove_from_group(GROUP)
	get_tree().process_frame.disconnect(_wake)
	_wake()


func _wake() -> void:
	_sent.send()
	_woken.emit()


## The director of a scene, for scripts of a dialogue addon that have no reference to it. Null: there is none.
static func of(tree: SceneTree) -> DreamDirector:
	return tree.get_first_node_in_group(GROUP) as DreamDirector if tree else null


# -- what a story says ----------------------------------------------------------------------------------------------------

## [code]await director.tell("weather=storm over=2")[/code] carries out one direction, and returns its outcome: "pending" (it is sent as soon as the
## stream can take it), "refused" or "lost". A [code]wait[/code] waits: "shown", "reached", "refused", "lost", "skipped" or "timeout".
func tell(text: String) -> String:
	text = text.strip_edges()
	var statement := Statement.parse(text)
	if statement.has("error"):
		var wrong: Dictionary = statement["error"]
		var where := "In the direction \"%s\", column %d: " % [text.left(200), wrong["column"]]
		_fail({"code": "bad_script", "message": where + str(wrong["message"]), "hint": wrong["hint"]})
		return "refused"
	return await run(statement)


## The same, under the name that stories use: [code]do dream("weather=storm")[/code] in Dialogue Manager.
func dream(text: String) -> String:
	return await tell(text)


## Carry out the tags that are directions, [code]dream: weather=storm[/code], one after the other; other tags are skipped over. With
## [code]await[/code]: their outcomes.
func tags(list: Array) -> PackedStringArray:
	var outcomes := PackedStringArray()
	for tag: Variant in list:
		if Statement.is_direction(str(tag)):
			outcomes.append(await tell(Statement.direction_in(str(tag))))
	return outcomes


## Carry out one statement of the parser (story/statement.gd).
func run(statement: Dictionary) -> String:
	while _restoring > 0 and _in_tree:
		await _woken
	told.emit(statement)
	if statement["do"] == "wait":
		return await _wait(statement)
	if is_gone() and not _may_still_start() and not (is_instance_valid(stream) and stream.state == DreamStream.State.LOST):
		return _without()
	_pending.add(statement)
	_sent.send()
	return "pending"


## The player clicked on: a [code]wait[/code] that lasts now ends.
func skip() -> void:
	_skips += 1


## [code]await director.idle()[/code] returns when everything was sent and answered, or when there is no stream.
func idle() -> void:
	while _in_tree and (_sent.busy or not _pending.is_empty()) and is_ready_to_send():
		await _woken


# -- choices --------------------------------------------------------------------------------------------------------------

## The player reads these options: what their tags direct is made ahead. [param options] has the tags of each option, as an array of texts.
func offer(options: Array) -> void:
	_offered = options.duplicate(true)
	_ahead.prepare(options.map(func(tags_of: Variant) -> Array: return directions_in(tags_of as Array)))


## [code]await director.choose(0)[/code]: the player chose that one of the offered options. What was made ahead of it is shown; else its
## directions are carried out. Returns their outcomes.
func choose(index: int) -> PackedStringArray:
	var list: Array = _offered[index] if index >= 0 and index < _offered.size() else []
	_offered = []
	_choosing += 1
	var made := await _ahead.adopt(index)
	var outcomes := await tags(list.filter(_is_wait) if made else list)
	_choosing -= 1
	return outcomes


## The statements of the directions among tags; malformed ones are left out, since they are told when they are carried out.
static func directions_in(list: Array) -> Array[Dictionary]:
	var found: Array[Dictionary] = []
	for tag: Variant in list:
		if Statement.is_direction(str(tag)):
			var statement := Statement.parse(Statement.direction_in(str(tag)))
			if not statement.has("error"):
				found.append(statement)
	return found


static func _is_wait(tag: Variant) -> bool:
	return directions_in([tag]).any(func(s: Dictionary) -> bool: return s["do"] == "wait")


# -- save games -----------------------------------------------------------------------------------------------------------

## [code]await director.save()[/code] returns the stream and its cutscene as one text for the game's own save; empty: there is no stream.
func save() -> String:
	await idle()
	return await stream.save_slot() if is_ready_to_send() else ""


## [code]await director.restore(text)[/code] goes back to a save, and returns what [method DreamStream.restore_slot] does. Directions that waited are
## dropped; directions that are told meanwhile are carried out afterwards. It waits for a stream that still opens, at most 30 s.
func restore(text: String) -> Dictionary:
	_restoring += 1
	var begun := Time.get_ticks_msec()
	while _in_tree and not is_ready_to_send() and _may_become_ready(begun):
		await _woken
	var loaded := {"loaded": false, "exact": false, "reason": "There is no stream.", "left_out": [], "cutscene": false}
	if is_ready_to_send():
		await idle()
	if is_ready_to_send():
		_pending.take()
		var sent := _sent
		loaded = await stream.restore_slot(text, _scenes.takes(), cutscenes)
		if loaded["loaded"] and sent.is_current() and sent.is_ready():
			_scenes.restored(loaded["cutscene"] as bool)
			# The next frame shows it.
			sent.ticket = stream.direct({}, 0.0)
			sent.refused = false
	_restoring -= 1
	return loaded


# -- the stream -----------------------------------------------------------------------------------------------------------

## Can a direction be sent now?
func is_ready_to_send() -> bool:
	return _sent.is_ready()


## Is there nobody who could show anything: no stream, no daemon, or it is lost?
func is_gone() -> bool:
	if not is_instance_valid(stream) or not stream.is_running() or stream.is_hopeless():
		return true
	if stream.state == DreamStream.State.SEARCHING:
		return Time.get_ticks_msec() - _searching_since > PATIENCE_MS and not stream._playback.starter.is_coming()
	return stream.state in [DreamStream.State.LOST, DreamStream.State.FAILED, DreamStream.State.CLOSED]


## A stream further down in the scene is not ready yet, or looks for its daemon.
func _may_still_start() -> bool:
	if not is_instance_valid(stream):
		return false
	return (stream.autostart and not stream.is_node_ready()) or (stream.is_running() and stream.state == DreamStream.State.SEARCHING)


## For a save that is loaded. Not a stream that nobody adds to the tree, or whose daemon nobody starts.
func _may_become_ready(begun: int) -> bool:
	var waited := Time.get_ticks_msec() - begun
	if not is_instance_valid(stream) or stream.is_hopeless() or waited > (MAX_WAIT_MS if stream.is_inside_tree() else PATIENCE_MS):
		return false
	return _may_still_start() or not is_gone()


## One message, however long the story.
func _without() -> String:
	if not _told_lost:
		_told_lost = true
		_fail({"code": "daemon_gone", "message": "There is no stream: the story goes on without it.", "hint": ""})
	return "lost"


func _fail(error: Dictionary) -> void:
	push_warning("Dreambridge [%s]: %s %s" % [error["code"], error["message"], error["hint"]])
	failed.emit(str(error["code"]), str(error["message"]), str(error["hint"]))


func _is_momentary(condition: String) -> bool:
	return is_instance_valid(stream) and (stream.schema.get(condition, {}) as Dictionary).get("kind") in Messages.MOMENTARY_KINDS


## Nothing that was sent to another stream, made ahead or played there counts for this one. What could not be sent is sent to it.
func _join() -> void:
	_sent = Sending.new(self, _pending, stream)
	_ahead = PreRoll.new(self, stream)
	_scenes = Cutscenes.new(self)
	_told_lost = false
	_searching_since = Time.get_ticks_msec()
	if is_instance_valid(stream) and not Engine.is_editor_hint():
		stream.opened.connect(_on_opened)


func _leave() -> void:
	_ahead.abandon()
	if is_instance_valid(stream) and stream.opened.is_connected(_on_opened):
		stream.opened.disconnect(_on_opened)


## All conditions hold from the first frame of the session that was opened.
func _on_opened() -> void:
	_ahead.forget()
	if _sent.revision >= 0:
		_sent.revision = stream.info.get("revision", 0)


# -- waiting --------------------------------------------------------------------------------------------------------------

func _wait(s: Dictionary) -> String:
	var until := Time.get_ticks_msec() + int((s.get("limit", limit) as float) * 1000)
	var skips := _skips
	while _in_tree:
		var outcome := _shown() if s["moment"] == "shown" else _moment(str(s["moment"]), str(s.get("name", "")))
		if outcome:
			return outcome
		if skipping or _skips != skips:
			return "skipped"
		if is_gone() and not (is_instance_valid(stream) and stream.autostart and not stream.is_node_ready()):
			return _without()
		if Time.get_ticks_msec() >= until:
			return "timeout"
		await _woken
	return "lost"


func _shown() -> String:
	if _sent.busy or not _pending.is_empty() or not is_ready_to_send():
		return ""
	if _sent.refused:
		return "refused"
	var there := stream.frame_index >= 0
	if _sent.revision >= 0:
		there = there and stream.frame_revision >= _sent.revision
	elif _sent.ticket >= 0:
		there = stream._session.is_shown(_sent.ticket)
	return "shown" if there else ""


func _moment(moment: String, named: String) -> String:
	if _sent.busy or not _pending.is_empty() or (is_gone() and not _scenes.is_known()):
		return ""
	return _scenes.moment(moment, named)
