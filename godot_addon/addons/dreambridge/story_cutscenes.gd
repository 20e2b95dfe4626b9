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


## Carry out a direction about the cutscene that was played last.
func carry_out(verb: String, s: Dictionary) -> void:
	var director: DreamDirector = _director.get_ref()
	if not _played or not is_instance_valid(_plays):
		director._fail({"code": "bad_state", "message": "`%s` needs a cutscene." % verb, "hint": "Write `play` with its name first."})
		return
	_plays.failed.connect(_on_refused)
	match verb:
		"stop":
			if await _plays.stop():
				_over = true
		"signal":
			await _plays.send_signal(str(s["name"]))
		"choose":
			await _plays.choose(str(s["name"]))
		"set":
			await _plays.set_variables(s["values"] as Dictionary)
		"release":
			await _plays.release(PackedStringArray(s["names"] as Array), s.get("over", 0.5) as float)
	if is_instance_valid(_plays):
		_plays.failed.disconnect(_on_refused)


func play(named: String, from_shot: String) -> void:
	var found := _find(named)
	if found == null:
		return
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
