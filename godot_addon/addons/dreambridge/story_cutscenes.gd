extends RefCounted
## The cutscenes that a story plays, for its [DreamDirector]: found by name in one folder, asked, and watched for what a [code]wait[/code] waits for.

const Near := preload("story/near.gd")

# Is there one, has it ended, and which marks has it passed?
var _played := false
var _over := true
var _passed := {}
var _plays: DreamCutscenePlayer
var _director: WeakRef


func _init(director: DreamDirector) -> void:
	_director = weakref(director)


## Carry out a direction about the cutscene that was played last. False: the connection was lost before the answer.
func carry_out(verb: String, s: Dictionary) -> bool:
	var director: DreamDirector = _director.get_ref()
	if not _played or not is_instance_valid(_plays):
		director._fail({"code": "bad_state", "message": "`%s` needs a cutscene." % verb, "hint": "Write `play` with its name first."})
		return true
	if _plays.is_film_shown:
		_over = _over or (verb == "stop" and await _plays.stop())
		return true
	var reply := await _plays._ask("cutscene_" + verb, _fields(verb, s), false)
	if reply.get("code") == "daemon_gone" or (reply.is_empty() and not _is_ready()):
		return false
	if reply.get("type") == "error" and is_instance_valid(_plays):
		_plays.failed.connect(_on_refused)
		_plays._on_failed(str(reply["code"]), str(reply["message"]), str(reply["hint"]))
		_plays.failed.disconnect(_on_refused)
	elif verb == "stop":
		_over = true
	return true


static func _fields(verb: String, s: Dictionary) -> Dictionary:
	match verb:
		"signal":
			return _meant_in({"name": s["name"]}, s)
		"choose":
			return _meant_in({"option": s["name"]}, s)
		"set":
			return {"values": s["values"]}
		"release":
			var fields := {"over": s.get("over", 0.5)}
			if s["names"]:
				fields["conditions"] = s["names"]
			return fields
	return {}


## How a direction is asked again, if there is no answer: the daemon may have carried it out, so it is meant for this shot only.
func meant(s: Dictionary) -> Dictionary:
	if not s["do"] in ["signal", "choose"] or s.has("shot") or not is_known() or not _plays.shot:
		return s
	return s.merged({"shot": _plays.shot})


static func _meant_in(fields: Dictionary, s: Dictionary) -> Dictionary:
	if s.has("shot"):
		fields["shot"] = s["shot"]
	return fields


func _is_ready() -> bool:
	var director: DreamDirector = _director.get_ref()
	return director != null and director.is_ready_to_send()


## False: the connection was lost before it began, and is not back.
func play(named: String, from_shot: String) -> bool:
	var found := _find(named)
	if found == null:
		return true
	_follow()
	_passed.clear()
	_played = true
	_over = false
	_plays.cutscene = found
	_plays.failed.connect(_on_refused)
	_played = await _plays.play(from_shot)
	_over = _over or not _played
	if is_instance_valid(_plays):
		_plays.failed.disconnect(_on_refused)
	return _played or _is_ready()


## The stream is at a save, in which a cutscene goes on.
func restored(goes_on: bool) -> void:
	_played = goes_on
	_over = not goes_on
	_passed.clear()
	_follow()


## "reached", "refused" (it does not come any more), or empty: not yet.
func moment(what: String, named: String) -> String:
	if not _played or not is_instance_valid(_plays):
		return "refused"
	var there: bool = {"ended": _over, "shot": _plays.shot == named and not _over, "mark": _passed.has(named)}[what]
	return "reached" if there else "refused" if _over else ""


## Is there one to wait for?
func is_known() -> bool:
	return _played and is_instance_valid(_plays)


## What tells of the cutscenes: the director's player, or the stream's own.
func takes() -> DreamCutscenePlayer:
	var director: DreamDirector = _director.get_ref()
	return director.player if is_instance_valid(director.player) else director.stream.cutscene_player


## Only those of the folder, whatever the name.
func _find(named: String) -> DreamCutscene:
	var director: DreamDirector = _director.get_ref()
	var folder := director.cutscenes
	var wanted := named.trim_suffix(DreamCutsceneLoader.SUFFIX)
	var there: Array[String] = []
	for file in DirAccess.get_files_at(folder) if DirAccess.dir_exists_absolute(folder) else PackedStringArray():
		if file.ends_with(DreamCutsceneLoader.SUFFIX):
			there.append(file.trim_suffix(DreamCutsceneLoader.SUFFIX))
	if wanted in there:
		return load(folder.path_join(wanted + DreamCutsceneLoader.SUFFIX)) as DreamCutscene
	var where := "There is no cutscene %s in %s." % [Near.quoted(wanted), folder]
	director._fail({"code": "bad_cutscene", "message": where, "hint": Near.did_you_mean(wanted, there)})
	return null


func _follow() -> void:
	var now := takes()
	if now == _plays:
		return
	if is_instance_valid(_plays):
		_plays.mark_passed.disconnect(_on_mark)
		_plays.ended.disconnect(_on_ended)
	_plays = now
	_plays.mark_passed.connect(_on_mark)
	_plays.ended.connect(_on_ended)


func _on_mark(mark: String) -> void:
	_passed[mark] = true


func _on_ended() -> void:
	_over = true


# The player has warned of it.
func _on_refused(code: String, message: String, hint: String) -> void:
	var director: DreamDirector = _director.get_ref()
	if director:
		director.failed.emit(code, message, hint)
