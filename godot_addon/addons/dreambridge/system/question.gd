extends RefCounted
## Asks a Python what it is, and whether it can run the daemon, in a process of its own. Nobody waits: [method poll] looks whether the answer is
## there. No thread, because the editor may reload this script meanwhile.

const Messages := preload("../protocol/messages.gd")
const Managed := preload("managed.gd")
const Program := preload("program.gd")
const SCRIPT := "res://addons/dreambridge/system/probe.py"
## What pyproject.toml asks for.
const MIN_PYTHON: Array[int] = [3, 11]
const TIMEOUT_MS := 10000
const DOCTOR_TIMEOUT_MS := 60000
const LAUNCHERS: PackedStringArray = ["python", "python3", "python.exe"]
const OF_THE_ENVIRONMENT: PackedStringArray = ["package", "onnxruntime", "extra cpu", "providers"]

## Is there an answer, or none to come?
var answered := true
## What probe.py wrote; empty: that program cannot be run, or is no Python.
var answer := {}

var _pid := -1
var _out := ""
var _until := 0


## Is the script on disk? In an exported game it is not.
static func can_ask() -> bool:
	return FileAccess.file_exists(ProjectSettings.globalize_path(SCRIPT))


## The Python that belongs to what starts the daemon: [param program] itself, or for the command dreambridge the one beside it; "" if none is.
static func python_of(program: String) -> String:
	var path := Program.absolute(program)
	if path.get_file().get_basename() != "dreambridge":
		return path
	for title in LAUNCHERS:
		if FileAccess.file_exists(path.get_base_dir().path_join(title)):
			return path.get_base_dir().path_join(title)
	return ""


## Begin; [param command] is the Python with its own words, such as ["py", "-3"]. With [param doctor] the answer has what `dreambridge doctor` finds.
func ask(command: PackedStringArray, doctor := false) -> void:
	cancel()
	answered = false
	answer = {}
	var folder := OS.get_cache_dir().path_join("dreambridge")
	DirAccess.make_dir_recursive_absolute(folder)
	_out = folder.path_join("python-%d-%d.json" % [OS.get_process_id(), get_instance_id()])
	var words := command.slice(1)
	# A launcher's PYTHONHOME and PYTHONPATH are meant for another Python.
	words.append_array(["-E", ProjectSettings.globalize_path(SCRIPT), _out])
	if doctor:
		words.append("doctor")
	_until = Time.get_ticks_msec() + (DOCTOR_TIMEOUT_MS if doctor else TIMEOUT_MS)
	_pid = OS.create_process(command[0], words)


## Look for the answer; [member answered] is true when it is there.
func poll() -> void:
	if answered:
		return
	var runs := _pid > 0 and OS.is_process_running(_pid)
	if FileAccess.file_exists(_out):
		var found: Variant = JSON.parse_string(FileAccess.get_file_as_string(_out))
		answer = found if found is Dictionary else {}
		_finish()
	elif not runs or Time.get_ticks_msec() > _until:
		cancel()


## End the process; there will be no answer.
func cancel() -> void:
	if _pid > 0 and OS.is_process_running(_pid):
		OS.kill(_pid)
	_finish()


func _finish() -> void:
	answered = true
	_pid = -1
	if _out and FileAccess.file_exists(_out):
		DirAccess.remove_absolute(_out)
	_out = ""


## "3.11.7", or "" without an answer.
static func version(about: Dictionary) -> String:
	var numbers: Array = about.get("version", [])
	return ".".join(numbers.map(func(n: float) -> String: return str(int(n))))


## Why no environment can be made with that Python; "" if one can.
static func refusal(about: Dictionary) -> String:
	if about.is_empty():
		return "It cannot be run, or it is not a Python."
	if is_too_old(about):
		return "Python %s is too old: Dreambridge needs %s or newer." % [version(about), ".".join(MIN_PYTHON.map(str))]
	if about["implementation"] != "CPython":
		return "ONNX Runtime has no package for %s, only for CPython." % about["implementation"]
	var machine := str(about["machine"]).to_lower()
	if machine.begins_with("arm") or machine == "aarch64":
		return "This Python runs on an ARM processor (%s), which Dreambridge does not support: it needs x86-64." % about["machine"]
	if about["bits"] != 64:
		return "This Python is a 32-bit program. ONNX Runtime needs a 64-bit one."
	if about["missing"]:
		var debian := " On Debian or Ubuntu: sudo apt install python%s-venv" % ".".join(version(about).split(".").slice(0, 2))
		return "This Python has no module %s, so it cannot make virtual environments.%s" % [about["missing"], debian if OS.get_name() == "Linux" else ""]
	return ""


static func is_too_old(about: Dictionary) -> bool:
	var numbers: Array = about.get("version", [0, 0])
	return int(numbers[0] as float) * 1000 + int(numbers[1] as float) < MIN_PYTHON[0] * 1000 + MIN_PYTHON[1]


## [message, hint] : why the daemon cannot run with [param program], by the doctor's answer; ["", ""] if nothing was found.
static func trouble(program: String, about: Dictionary) -> PackedStringArray:
	const INSTALL := "Press Install in Project Settings > Dreambridge, or choose a Python that has dreambridge."
	const REPAIR := "Press Repair in Project Settings > Dreambridge."
	var is_managed := program == Managed.program(Managed.folder())
	var found := _trouble(program if not is_managed else "The managed environment (%s)" % program, about)
	if found[0] and is_managed:
		found[1] = REPAIR
	elif found[0] and found[1] == "":
		found[1] = INSTALL
	return found


# The same; an empty way out stands for another Python.
static func _trouble(program: String, about: Dictionary) -> PackedStringArray:
	if about.is_empty():
		return ["%s cannot be run, or it is not a Python." % program, ""]
	if is_too_old(about):
		return ["%s: %s" % [program, refusal(about)], ""]
	var doctor: Dictionary = about.get("doctor", {})
	if doctor.get("problem") == "no_dreambridge":
		return ["%s (Python %s) has no dreambridge." % [program, version(about)], ""]
	if doctor.has("problem"):
		return ["dreambridge in %s cannot be loaded: %s" % [program, doctor.get("said", "its files are broken")], ""]
	for f: Dictionary in doctor.get("findings", []):
		if f["level"] == "fail" and str(f["topic"]) in OF_THE_ENVIRONMENT:
			return ["%s: %s" % [program, f["text"]], str(f["hint"])]
	if doctor.has("dreambridge") and doctor["dreambridge"] != Messages.ADDON:
		return [apart(str(doctor["dreambridge"])), ""]
	return ["", ""]


## What is said where a daemon has another version than the addon.
static func apart(theirs: String) -> String:
	return "The daemon is version %s, and the addon is version %s. They may not understand each other." % [theirs, Messages.ADDON]
