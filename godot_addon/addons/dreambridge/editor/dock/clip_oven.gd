@tool
extends RefCounted
## Bakes a take as a film in a process of its own: `dreambridge bake` with the chosen Python. Nothing waits for it; [method poll] looks.

## It has ended: the file that was made, or "" and what went wrong.
signal ended(path: String, trouble: String)

const OwnDaemon := preload("../../system/own_daemon.gd")
const MAX_LINES := 200
const FORMATS := {"mp4": "mp4", "webm": "webm", "gif": "gif", "png": "png"}
const HINT := "Is the extra \"demo\" installed? Press Check in the section Daemon."

## Frames made so far.
var frames := 0
var is_baking: bool:
	get:
		return _pid > 0

var _pid := -1
var _pipes := {}
var _work := ""
var _target := ""


## Bake [param take] to [param target], whose ending says the format; of PNG pictures it is the folder. [param words] run dreambridge. False
## and [signal ended]: it did not start.
func bake(take: String, target: String, threads: int, words: PackedStringArray) -> bool:
	_target = target if target.get_extension() != "png" else target.get_basename()
	# Beside the target: what is done is moved there at once.
	_work = target.get_base_dir().path_join(".%s.baking-%d" % [target.get_file(), OS.get_process_id()])
	frames = 0
	var error := DirAccess.make_dir_recursive_absolute(_work)
	var file := FileAccess.open(_work.path_join("clip.take.jsonl"), FileAccess.WRITE) if error == OK else null
	if file == null:
		_end("", "%s cannot be written: %s." % [target.get_base_dir(), error_string(FileAccess.get_open_error())])
		return false
	file.store_string(take)
	file.close()
	var form: String = FORMATS.get(target.get_extension(), "mp4")
	words = words.duplicate()
	words.append_array(["bake", _work.path_join("clip.take.jsonl"), "--out", _work.path_join("out"), "--format", form])
	words.append_array(["--threads", str(maxi(1, threads)), "--progress", _work.path_join("progress"), "--json"])
	_pipes = OS.execute_with_pipe(words[0], words.slice(1))
	if _pipes.is_empty():
		_end("", "%s cannot be run." % words[0])
		return false
	_pid = _pipes["pid"]
	return true


## Look how far it is, and whether it has ended.
func poll() -> void:
	if not is_baking:
		return
	var made := FileAccess.get_file_as_string(_work.path_join("progress")) if FileAccess.file_exists(_work.path_join("progress")) else ""
	if made:
		frames = int(made)
	if OS.is_process_running(_pid):
		return
	var result: Variant = JSON.parse_string(_said("stdio"))
	if result is Dictionary and (result as Dictionary).get("films") is Array and not (result["films"] as Array).is_empty():
		_take(str(result["films"][0]["file"]))
	else:
		_end("", "The clip could not be baked. %s %s" % [_said("stderr").strip_edges().right(300), HINT])


## End the process, and remove what it made.
func cancel() -> void:
	if not is_baking:
		return
	# By Ctrl-C, so that it removes its own files; OS.kill() leaves it no time on POSIX systems.
	if OS.get_name() == "Windows":
		OS.kill(_pid)
	else:
		OS.execute(OwnDaemon.KILL, ["-INT", str(_pid)])
	_end("", "")


func _take(named: String) -> void:
	var made := _work.path_join("out").path_join(named)
	if DirAccess.dir_exists_absolute(_target) and FileAccess.file_exists(_target.path_join("bake.json")) or FileAccess.file_exists(_target):
		remove(_target)
	var error := DirAccess.rename_absolute(made, _target)
	_end("" if error else _target, "%s cannot be written: %s." % [_target, error_string(error)] if error else "")


func _end(path: String, trouble: String) -> void:
	_pid = -1
	_pipes = {}
	if _work:
		remove(_work)
	_work = ""
	ended.emit(path, trouble)


func _said(pipe: String) -> String:
	var file: FileAccess = _pipes.get(pipe)
	var text := ""
	# The process has ended: what is in the pipe comes at once, and then its end. Some releases tell that end by an error, some by nothing.
	for k in MAX_LINES if file else 0:
		var line := file.get_line()
		if line == "" and file.get_error() != OK:
			break
		text += line + "\n"
	return text


## A file, or a folder with what is in it.
static func remove(path: String) -> void:
	var folder := DirAccess.open(path)
	if folder:
		folder.include_hidden = true
		for file in folder.get_files():
			DirAccess.remove_absolute(path.path_join(file))
		for sub in folder.get_directories():
			remove(path.path_join(sub))
	DirAccess.remove_absolute(path)
