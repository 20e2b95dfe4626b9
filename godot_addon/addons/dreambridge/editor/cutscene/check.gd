@tool
extends RefCounted
## Finds the problems of a document by the rules of the daemon: asks `dreambridge cutscene check`, in a process of its own. There is no second
## validator here. Nobody waits: [method poll] looks whether the answer is there. No thread, because the editor may reload this script.

## Each problem is {line, column, severity, message, hint, path}. [param unable] says why nothing was checked.
signal checked(problems: Array, unable: String)

const Program := preload("../../system/program.gd")
const OwnDaemon := preload("../../system/own_daemon.gd")
const TIMEOUT_MS := 20000
const NO_PYTHON := "Choose a Python in the dock, and the document is checked while you edit."

var is_checking: bool:
	get:
		return _document != ""

var _pid := -1
var _program := ""
# What is checked, and what is found in it: two files that are there only meanwhile.
var _document := ""
var _found := ""
var _until := 0
# The text that comes after the one that is being checked.
var _next := ""


## Check [param text]. Only the newest of several is told.
func check(text: String) -> void:
	if is_checking:
		_next = text
		return
	_program = Program.find()
	if _program == "":
		checked.emit([], NO_PYTHON)
		return
	var folder := OS.get_cache_dir().path_join("dreambridge")
	DirAccess.make_dir_recursive_absolute(folder)
	var path := folder.path_join("check-%d-%d.dream.json" % [OS.get_process_id(), get_instance_id()])
	var file := FileAccess.open(path, FileAccess.WRITE)
	if file == null:
		checked.emit([], "%s cannot be written." % path)
		return
	file.store_string(text)
	file.close()
	_document = path
	_found = path.trim_suffix(".dream.json") + ".json"
	var words := OwnDaemon.with_program(_program)
	words.append_array(["cutscene", "check", "--json", "--out", _found, path])
	_until = Time.get_ticks_msec() + TIMEOUT_MS
	_pid = OS.create_process(words[0], words.slice(1))


## Look whether it has ended.
func poll() -> void:
	if not is_checking:
		return
	var ended := _pid <= 0 or not OS.is_process_running(_pid) or Time.get_ticks_msec() > _until
	# It is renamed to that name when it is complete.
	var there := FileAccess.file_exists(_found)
	if not there and not ended:
		return
	var found: Variant = JSON.parse_string(FileAccess.get_file_as_string(_found)) if there else null
	_clear()
	if _next:
		var text := _next
		_next = ""
		check(text)
	elif found is Array:
		checked.emit(found, "")
	else:
		checked.emit([], "%s cannot check a cutscene: choose a Python that has dreambridge." % _program)


## End what runs; nothing more is told.
func close() -> void:
	_next = ""
	_clear()


func _clear() -> void:
	if _pid > 0 and OS.is_process_running(_pid):
		OS.kill(_pid)
	_pid = -1
	for path: String in [_document, _found]:
		if path and FileAccess.file_exists(path):
			DirAccess.remove_absolute(path)
	_document = ""
	_found = ""
