@tool
extends RefCounted
## Runs install.py, which makes the managed environment, and follows what it tells. No thread: the editor may reload this script.

const Managed := preload("../../system/managed.gd")
const SCRIPT := "res://addons/dreambridge/editor/environment/install.py"
const WHEELS := "res://addons/dreambridge/wheel"

## How far it is: what is being done, and 0 to 1.
var phase := ""
var done := 0.0
## What was told since [method start], for the log.
var lines := PackedStringArray()
## "", or at the end "installed", "cancelled" or "failed", with message and hint.
var outcome := ""
var message := ""
var hint := ""

var _pid := -1
var _folder := ""
var _read := 0


## The wheel in the addon's folder, from its release zip; "" in a copy that has none, such as that of a checkout.
static func wheel() -> String:
	for file in DirAccess.get_files_at(WHEELS) if DirAccess.dir_exists_absolute(WHEELS) else PackedStringArray():
		if file.get_extension() == "whl" and file.begins_with("dreambridge-%s-" % Managed.Messages.ADDON):
			return ProjectSettings.globalize_path(WHEELS.path_join(file))
	return ""


func is_running() -> bool:
	return _pid > 0


## Install with that Python; [param repair] installs each package again.
func start(command: PackedStringArray, repair: bool) -> void:
	phase = "Starting"
	done = 0.0
	lines.clear()
	outcome = ""
	message = ""
	hint = ""
	_read = 0
	_folder = OS.get_cache_dir().path_join("dreambridge").path_join("install-%d-%d" % [OS.get_process_id(), Time.get_ticks_msec()])
	if DirAccess.make_dir_recursive_absolute(_folder) != OK or FileAccess.open(_told(), FileAccess.WRITE) == null:
		_end("failed", "%s cannot be written." % _folder, "Check your cache folder.")
		return
	var words := command.slice(1)
	words.append_array(["-I", ProjectSettings.globalize_path(SCRIPT), "--folder", Managed.folder(), "--wheel", wheel(), "--told", _told(), "--cancel", _cancel()])
	if repair:
		words.append("--repair")
	_pid = OS.create_process(command[0], words)
	if _pid <= 0:
		_end("failed", "%s cannot be run." % command[0], "Choose another Python.")


## Ask it to stop. It ends within some seconds.
func cancel() -> void:
	if is_running():
		FileAccess.open(_cancel(), FileAccess.WRITE)


## Take what was told; true if something was.
func poll() -> bool:
	if not is_running():
		return false
	var runs := OS.is_process_running(_pid)
	var some := _take()
	if not runs and outcome == "":
		_end("failed", "The installation ended before it was complete.", "The log has what it said. Install tries again.")
	elif not runs:
		_end(outcome, message, hint)
	return some or not runs


func _take() -> bool:
	var file := FileAccess.open(_told(), FileAccess.READ)
	if file == null:
		return false
	file.seek(_read)
	var rest := file.get_buffer(file.get_length() - _read)
	# The last line may be half written.
	var end := rest.rfind(10)
	if end < 0:
		return false
	_read += end + 1
	for line in rest.slice(0, end).get_string_from_utf8().split("\n", false):
		var told: Variant = JSON.parse_string(line)
		if told is Dictionary:
			_know(told as Dictionary)
	return true


func _know(told: Dictionary) -> void:
	if told.has("line"):
		lines.append(str(told["line"]))
	if told.has("phase"):
		phase = told["phase"]
		done = told["done"]
	if told.has("outcome"):
		outcome = told["outcome"]
		message = told["message"]
		hint = told["hint"]


func _end(how: String, said: String, way_out: String) -> void:
	outcome = how
	message = said
	hint = way_out
	_pid = -1
	for file: String in [_told(), _cancel()]:
		if FileAccess.file_exists(file):
			DirAccess.remove_absolute(file)
	DirAccess.remove_absolute(_folder)


func _told() -> String:
	return _folder.path_join("told.jsonl")


func _cancel() -> String:
	return _folder.path_join("cancel")
