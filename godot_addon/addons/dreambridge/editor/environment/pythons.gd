@tool
extends RefCounted
## Finds the Pythons of this machine at their usual places, and asks each what it is.

const Question := preload("../../system/question.gd")
const MAX_AT_ONCE := 3
## Newer ones may have no packages yet, so they are offered, but not chosen by themselves.
const NEWEST_KNOWN := 13

## What was found, in the order in which it is offered: {command: its words, path, version, refusal: why it cannot be used or ""}.
var found: Array[Dictionary] = []

var _waiting: Array[PackedStringArray] = []
# Command to its question.
var _asked := {}
# Real program to what was found there; command to the same.
var _seen := {}
var _by_command := {}


## Where a Python may lie on that system, as commands. [param env] gives a variable or "", [param folders] lists the folders in one,
## [param is_file] tells whether a path is a file.
static func places(system: String, env: Callable, folders: Callable, is_file: Callable) -> Array[PackedStringArray]:
	var files := PackedStringArray()
	var text := func(variable: String) -> String: return str(env.call(variable)).replace("\\", "/")
	var below := func(folder: String, rest: String) -> void:
		for one: String in folders.call(folder):
			files.append(folder.path_join(one).path_join(rest))
	var home: String = text.call("USERPROFILE" if system == "Windows" else "HOME")
	var path: String = text.call("PATH")
	var names: PackedStringArray = ["python.exe"] if system == "Windows" else ["python3", "python3.13", "python3.12", "python3.11", "python"]
	for folder in path.split(";" if system == "Windows" else ":", false):
		# A shim of pyenv starts one of those that are found below. Apple's stub opens a window.
		if not folder.trim_suffix("/").ends_with("/shims") and not (system == "macOS" and folder.trim_suffix("/") == "/usr/bin"):
			for title in names:
				files.append(folder.path_join(title))
	var root: String = text.call("PYENV_ROOT")
	root = root if root else home.path_join(".pyenv")
	match system:
		"Windows":
			for folder: String in [text.call("LOCALAPPDATA") + "/Programs/Python", text.call("ProgramFiles"), "C:"]:
				below.call(folder, "python.exe")
			below.call(root.path_join("pyenv-win/versions"), "python.exe")
			below.call(text.call("APPDATA") + "/uv/python", "python.exe")
		"macOS":
			below.call("/Library/Frameworks/Python.framework/Versions", "bin/python3")
			for folder: String in ["/opt/homebrew/bin", "/usr/local/bin"]:
				for title in names:
					files.append(folder.path_join(title))
			# Without Apple's tools this is a stub that opens a window.
			if is_file.call("/Library/Developer/CommandLineTools/usr/bin/python3"):
				files.append("/usr/bin/python3")
		_:
			for folder: String in ["/usr/bin", "/usr/local/bin", home.path_join(".local/bin"), "/home/linuxbrew/.linuxbrew/bin"]:
				for title in names:
					files.append(folder.path_join(title))
	if system != "Windows":
		below.call(root.path_join("versions"), "bin/python3")
		below.call(home.path_join(".local/share/uv/python"), "bin/python3")
	var made: Array[PackedStringArray] = []
	if system == "Windows":
		made.append(PackedStringArray(["py.exe", "-3"]))
	for file in files:
		var command := PackedStringArray([file])
		if is_file.call(file) and command not in made:
			made.append(command)
	return made


## Begin to look. [method poll] goes on.
func search() -> void:
	stop()
	found.clear()
	_seen.clear()
	_by_command.clear()
	_waiting = places(OS.get_name(), OS.get_environment, _folders, FileAccess.file_exists)


# The engine prints an error for a folder that does not exist.
static func _folders(folder: String) -> PackedStringArray:
	return DirAccess.get_directories_at(folder) if DirAccess.dir_exists_absolute(folder) else PackedStringArray()


## Ask one that the user has chosen.
func add(path: String) -> void:
	_waiting.append(PackedStringArray([path]))


func is_searching() -> bool:
	return not (_waiting.is_empty() and _asked.is_empty())


func stop() -> void:
	for question: Question in _asked.values():
		question.cancel()
	_asked.clear()
	_waiting.clear()


## Take what has been answered; true if something was.
func poll() -> bool:
	var some := false
	for command: PackedStringArray in _asked.keys():
		var question: Question = _asked[command]
		question.poll()
		if question.answered:
			_asked.erase(command)
			_take(command, question.answer)
			some = true
	while _waiting and _asked.size() < MAX_AT_ONCE:
		var command: PackedStringArray = _waiting.pop_front()
		var question := Question.new()
		question.ask(command)
		_asked[command] = question
	return some


## What was found by that command; {} if nothing was, or not yet.
func by_command(command: PackedStringArray) -> Dictionary:
	return _by_command.get(command, {})


## The one to use if the user chooses none: the newest that is known to have packages; {} if none can be used.
func best() -> Dictionary:
	for one in found:
		if one["refusal"] == "" and one["minor"] <= NEWEST_KNOWN:
			return one
	for one in found:
		if one["refusal"] == "":
			return one
	return {}


func _take(command: PackedStringArray, about: Dictionary) -> void:
	if about.is_empty() and command[0] == "py.exe":
		return  # there is no such launcher here
	# Many names lead to one program; an environment's Python to the one that it was made with.
	var real := str(about.get("real", command[0]))
	if _seen.has(real):
		_by_command[command] = _seen[real]
		return
	var path := command[0] if command.size() == 1 else str(about.get("executable", command[0]))
	var numbers: Array = about.get("version", [0, 0, 0])
	var minor := int(numbers[0] as float) * 1000 + int(numbers[1] as float) - 3000
	var one := {"command": command, "path": path, "version": Question.version(about), "minor": minor, "refusal": Question.refusal(about)}
	_seen[real] = one
	_by_command[command] = one
	found.append(one)
	found.sort_custom(_before)


static func _before(a: Dictionary, b: Dictionary) -> bool:
	if (a["refusal"] == "") != (b["refusal"] == ""):
		return a["refusal"] == ""
	return a["minor"] > b["minor"] if a["minor"] != b["minor"] else a["path"] < b["path"]
