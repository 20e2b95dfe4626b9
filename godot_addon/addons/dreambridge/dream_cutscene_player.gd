@tool
@icon("icons/dream_cutscene.svg")
class_name DreamCutscenePlayer
extends Node
## Plays a [DreamCutscene] in a [DreamStream], and tells the game what happens in it.
##
## [codeblock]
## if await $DreamCutscenePlayer.play():
##     await $DreamCutscenePlayer.happens("ended")
## [/codeblock]
## The daemon plays the cutscene. When the daemon was away, the cutscene continues at the same place. Each signal comes when the frame
## for which it holds is in the stream's texture. A stream plays one cutscene at a time: another one takes its place.

## A shot has begun.
signal shot_began(shot: String)
## The cutscene has passed a mark of its shot.
signal mark_passed(mark: String)
## The cutscene waits for [method send_signal] with that name, for [param limit] seconds; below 0: without limit.
signal waiting(signal_name: String, limit: float)
## The cutscene waits for [method choose]. Each option is [code]{"id": …, "text": …}[/code]. After [param limit] seconds the default is
## taken; below 0: there is no limit.
signal choice_offered(options: Array[Dictionary], limit: float)
## The cutscene has ended; the conditions stay as they are.
signal ended
## An error: its code (see PROTOCOL.md), what is wrong, and how to fix it. [code]bad_cutscene[/code] names all problems of the document,
## each with line and column.
signal failed(code: String, message: String, hint: String)

# At each frame, and when the node leaves the tree: what awaits something looks again.
signal _woken

const Cutscene := preload("session/cutscene.gd")
const CutsceneSound := preload("cutscene_sound.gd")
const CutsceneFilm := preload("cutscene_film.gd")

## The stream in which the cutscene plays.
@export var stream: DreamStream:
	set(value):
		if value != stream:
			_leave()
			stream = value
			_join()
			update_configuration_warnings()
## The cutscene that [method play] plays.
@export var cutscene: DreamCutscene:
	set(value):
		cutscene = value
		update_configuration_warnings()
## Play when the scene starts.
@export var autoplay := false
## Seconds that the daemon makes ahead of each way out of a wait or choice, in time that no stream needs. What is taken is then shown with the
## next frame, and begins with a cut. It holds from the next [method play] on.
@export_range(0.0, 10.0, 0.1, "suffix:s") var preroll := 0.0
@export_group("Sound")
## The audio bus that plays the sounds of the shots.
@export var sound_bus: StringName = &"Master":
	set(value):
		sound_bus = value
		if _sound:
			_sound.player.bus = value
## Their volume. Below -60 dB nothing is heard.
@export_range(-80.0, 24.0, 0.1, "suffix:dB") var sound_volume_db := 0.0:
	set(value):
		sound_volume_db = value
		if _sound:
			_sound.player.volume_db = value

## Where the picture stands in the cutscene: "playing", "waiting", "choosing" or "ended".
var status: String:
	get:
		return "playing" if is_film_shown else _there().status if _mine() else "ended"
## The shot that is on screen; empty before the first.
var shot: String:
	get:
		return _there().shot if _mine() else ""
## Is the cutscene's film shown, because no daemon can run? It goes one way: there are no marks, waits and choices.
var is_film_shown: bool:
	get:
		return is_instance_valid(_film)
## The variables, as they were at the last event that is shown; those of a film are the document's defaults.
var variables: Dictionary:
	get:
		if _film_of:
			return _film_of.defaults()
		return _there().variables.duplicate() if _mine() else {}
## What may be wrong in the document, each with line and column, and with its sounds.
var warnings: Array:
	get:
		return _there().warnings + (_sound.warnings if _sound else []) if _mine() else []
## Second of the shot's sound that is heard now; below 0: no sound is heard.
var sound_position: float:
	get:
		return _sound.player.heard() if _sound else -1.0

# The number of the last play, by which the stream's cutscene is known to be this node's.
var _run := -1
var _in_tree := false
var _sound: CutsceneSound
var _film: CutsceneFilm
# The cutscene whose film was played last; null: the daemon played.
var _film_of: DreamCutscene


func _get_configuration_warnings() -> PackedStringArray:
	var said := PackedStringArray()
	if stream == null:
		said.append("Set the property stream to the DreamStream in which the cutscene plays.")
	if autoplay and cutscene == null:
		said.append("Set the property cutscene to the *.dream.json that plays when the scene starts.")
	return said + CutsceneSound.missing(cutscene)


func _enter_tree() -> void:
	_in_tree = true
	get_tree().process_frame.connect(_wake)


func _ready() -> void:
	if autoplay and not Engine.is_editor_hint():
		play()


func _exit_tree() -> void:
	_in_tree = false
	get_tree().process_frame.disconnect(_wake)
	_wake()
	if _sound:
		_sound.close()
		_sound = null
	_end_film()
	if _mine():
		_there().ask("cutscene_stop", {}, Callable())
		_there().forget()


func _wake() -> void:
	_woken.emit()


## [code]await player.play()[/code] plays [member cutscene] from its beginning, or from [param from_shot], its [param mark] or its second
## [param at], and returns true when it has begun. Where no daemon can run it plays the cutscene's film ([method DreamCutscene.film]), if there
## is one, from its beginning. Starts the stream if it does not run. With [param values] some variables differ from
## the document's defaults. Returns false after an error (see [signal failed]), if the stream was stopped, or if no daemon answers.
func play(from_shot := "", mark := "", at := 0.0, values := {}) -> bool:
	if cutscene == null or not is_instance_valid(stream):
		_on_failed("bad_argument", "The %s is null." % ("cutscene" if cutscene == null else "stream"), "Set the property of the DreamCutscenePlayer %s." % name)
		return false
	if not _in_tree or not stream.is_inside_tree():
		return false
	_end_film()
	_film_of = null
	stream.start()
	_run = _there().play(cutscene.document, cutscene.files(), {
		"shot": from_shot, "mark": mark, "at": at, "variables": values, "preroll": preroll})
	_hear(cutscene)
	var this := _run
	var until := Time.get_ticks_msec() + DreamStream.MAX_WAIT_MS
	while _goes_on() and this == _there().run and Time.get_ticks_msec() < until and not stream.is_hopeless():
		if _there().progress != Cutscene.Progress.LOADING:
			return _there().progress == Cutscene.Progress.BEGUN
		await _woken
	if _in_tree and is_instance_valid(stream) and this == _there().run:
		_there().forget()
		return _play_film()
	return false


## Where no daemon can run, the film of the cutscene is all there is to see.
func _play_film() -> bool:
	var film := cutscene.film() if cutscene and stream.is_hopeless() else null
	if film == null:
		return false
	_film_of = cutscene
	_film = CutsceneFilm.new(stream, film)
	_film.bus = sound_bus
	_film.volume_db = sound_volume_db
	_film.over.connect(_on_film_over)
	add_child(_film, false, INTERNAL_MODE_FRONT)
	return true


func _on_film_over() -> void:
	if is_film_shown:
		_end_film()
		ended.emit()


func _end_film() -> void:
	if is_film_shown:
		var film := _film
		_film = null
		film._end()
		film.queue_free()


## [code]await player.happens("ended")[/code] waits until the end of the cutscene is shown, and returns true. [param what] may also be
## "shot", "mark", "waiting" or "choice", with [param named] for that shot, mark or signal. Returns false if the cutscene ends without it,
## if another cutscene takes its place, or if the stream is stopped, or it or this node is freed.
func happens(what: String, named := "") -> bool:
	if is_film_shown:
		var film := _film
		while _in_tree and _film == film and is_film_shown:
			await _woken
		return what == "ended"
	if not _mine():
		return false
	var wait := _there().expect(what, named)
	while _goes_on() and wait["answer"] == null:
		await _woken
	return wait["answer"] == true


## Tell the cutscene that something happened in the game. With [code]await[/code]: does the shot wait for it, now or at its end?
func send_signal(signal_name: String) -> bool:
	return (await _ask("cutscene_signal", {"name": signal_name})).get("waited", false)


## Take an option of the choice that is open. With [code]await[/code]: was it taken?
func choose(option: String) -> bool:
	return not (await _ask("cutscene_choose", {"option": option})).is_empty()


## Set variables of the cutscene, all or none. With [code]await[/code]: are they set?
func set_variables(values: Dictionary) -> bool:
	return not (await _ask("cutscene_set", {"values": values})).is_empty()


## Go to another place of the cutscene, as in [method play]. Variables stay, except those that the shot there sets. With [code]await[/code]: is it there?
func seek(to_shot := "", mark := "", at := 0.0) -> bool:
	var fields := {"at": at}
	if to_shot:
		fields["shot"] = to_shot
	if mark:
		fields["mark"] = mark
	return not (await _ask("cutscene_seek", fields)).is_empty()


## Go to the next choice or to the end, with the variables as if all had been played. With [code]await[/code]: was it done?
func skip() -> bool:
	return not (await _ask("cutscene_skip", {})).is_empty()


## What the game directs while a cutscene plays wins over its lanes. This gives [param conditions] back to the lanes (empty: all of them)
## within [param over] seconds. With [code]await[/code]: those that were given back.
func release(conditions := PackedStringArray(), over := 0.5) -> PackedStringArray:
	var fields := {"over": over}
	if conditions:
		fields["conditions"] = Array(conditions)
	var released: Array = (await _ask("cutscene_release", fields)).get("released", [])
	return PackedStringArray(released)


## Put another version of the document in the place of the one that plays: it continues in the same shot, as far behind its last mark.
## With [code]await[/code]: was it replaced? After an error the old version plays on.
func replace(version: DreamCutscene) -> bool:
	if version == null:
		_on_failed("bad_argument", "The version is null.", "Give a DreamCutscene, such as load(\"res://arrival.dream.json\").")
		return false
	var ask := func(take: Callable) -> bool: return _there().replace(version.document, version.files(), take)
	if (await _answer_to(ask)).is_empty():
		return false
	_hear(version)
	return true


## End the cutscene; the conditions stay as they are. With [code]await[/code]: was it done?
func stop() -> bool:
	if is_film_shown:
		_on_film_over()
		return true
	return not (await _ask("cutscene_stop", {})).is_empty()


## Play the sounds of this document from now on. In the editor there are none.
func _hear(version: DreamCutscene) -> void:
	if Engine.is_editor_hint() or not _in_tree or (_sound == null and version.sounds().is_empty()):
		return
	if _sound == null:
		_sound = CutsceneSound.new(self)
	_sound.take(version)


func _ask(kind: String, fields: Dictionary, tells := true) -> Dictionary:
	return await _answer_to(func(take: Callable) -> bool: return _there().ask(kind, fields, take), tells)


## The reply to what [param ask] asks; it gets a callable for the reply, and says whether somebody was there. Empty after an error, which is told.
## Without [param tells] the error is returned.
func _answer_to(ask: Callable, tells := true) -> Dictionary:
	var got := [{}]
	var take := func(reply: Dictionary) -> void: got[0] = reply
	if not is_instance_valid(stream) or not ask.call(take):
		return {}
	var until := Time.get_ticks_msec() + DreamStream.MAX_WAIT_MS
	while _goes_on() and (got[0] as Dictionary).is_empty() and Time.get_ticks_msec() < until:
		await _woken
	var m: Dictionary = got[0]
	if m.get("type") == "error" and tells:
		_on_failed(str(m["code"]), str(m["message"]), str(m["hint"]))
		return {}
	return m


func _there() -> Cutscene:
	return stream._cutscene


func _mine() -> bool:
	return is_instance_valid(stream) and _there().run == _run


func _goes_on() -> bool:
	return _in_tree and is_instance_valid(stream) and stream.is_running()


func _join() -> void:
	if is_instance_valid(stream):
		_there().happened.connect(_on_happened)
		_there().failed.connect(_on_refused)


func _leave() -> void:
	if is_instance_valid(stream):
		_there().happened.disconnect(_on_happened)
		_there().failed.disconnect(_on_refused)
	_run = -1


func _on_happened(event: Dictionary) -> void:
	if not _mine():
		return
	var limit: float = event["limit"] if event.get("limit") != null else -1.0
	match event["happened"]:
		"shot":
			shot_began.emit(str(event["shot"]))
		"mark":
			mark_passed.emit(str(event["name"]))
		"waiting":
			waiting.emit(str(event["name"]), limit)
		"choice":
			var options: Array[Dictionary] = []
			options.assign(event["options"] as Array)
			choice_offered.emit(options, limit)
		"ended":
			ended.emit()


func _on_refused(code: String, message: String, hint: String) -> void:
	if _mine():
		_on_failed(code, message, hint)


func _on_failed(code: String, message: String, hint: String) -> void:
	push_warning("Dreambridge [%s]: %s %s" % [code, message, hint])
	failed.emit(code, message, hint)
