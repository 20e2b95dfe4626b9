@tool
extends RefCounted
## Finds the problems of a document by the rules of the daemon: asks `dreambridge cutscene check --json`, in a thread of its own. There is no
## second validator here.

## Each problem is {line, column, severity, message, hint, path}. [param unable] says why nothing was checked.
signal checked(problems: Array, unable: String)

const Program := preload("../../system/program.gd")
const OwnDaemon := preload("../../system/own_daemon.gd")

var _thread: Thread
# The text that comes after the one that is being checked.
var _next := ""
var _folder := ""


## Check [param text], whose files are in [param folder]. Only the newest of several is told.
func check(text: String, folder: String) -> void:
	_folder = folder
	if _thread:
		_next = text
		return
	var program := Program.find()
	if program == "":
		checked.emit([], "Choose a Python in the dock, and the document is checked while you edit.")
		return
	_thread = Thread.new()
	_thread.start(_ask.bind(OwnDaemon.with_program(program), text))


## Wait for the thread.
func close() -> void:
	_next = ""
	if _thread:
		_thread.wait_to_finish()
		_thread = null


func _ask(words: PackedStringArray, text: String) -> void:
	var path := OS.get_cache_dir().path_join("dreambridge-%d.dream.json" % OS.get_process_id())
	var file := FileAccess.open(path, FileAccess.WRITE)
	if file == null:
		_told.call_deferred([], "%s cannot be written." % path)
		return
	file.store_string(text)
	file.close()
	words.append_array(["cutscene", "check", "--json", path])
	var said := []
	var code := OS.execute(words[0], words.slice(1), said)
	DirAccess.remove_absolute(path)
	var found: Variant = JSON.parse_string(str(said[0])) if said and code in [0, 1] else null
	if found is Array:
		_told.call_deferred(found, "")
	else:
		_told.call_deferred([], "%s cannot check a cutscene: choose a Python that has dreambridge." % words[0])


func _told(problems: Array, unable: String) -> void:
	if _thread == null:
		return
	_thread.wait_to_finish()
	_thread = null
	if _next:
		var text := _next
		_next = ""
		check(text, _folder)
	else:
		checked.emit(problems, unable)
