extends RefCounted
## The managed Python environment, which Project Settings > Dreambridge installs in this user's data folder. Each version of the addon
## has one of its own, which all projects share.

const Messages := preload("../protocol/messages.gd")
## Written by editor/environment/install.py, first as incomplete.
const MARKER := ".dreambridge-environment.json"


## Where the environment of this version lies, or will lie.
static func folder() -> String:
	return folder_for(OS.get_name(), OS.get_data_dir(), OS.get_environment).path_join("environment-" + Messages.ADDON)


## On Windows not in AppData: the Python of the Microsoft Store writes to another place there than the one that it names.
static func folder_for(system: String, data: String, env: Callable) -> String:
	if system == "Windows":
		var home: String = env.call("USERPROFILE")
		return home.replace("\\", "/").path_join(".dreambridge")
	return data.path_join("dreambridge")


## Its Python, if the environment is complete; else "".
static func python() -> String:
	var path := program(folder())
	return path if about().get("complete", false) and FileAccess.file_exists(path) else ""


## The Python in such an environment.
static func program(environment: String) -> String:
	return environment.path_join("Scripts/python.exe" if OS.get_name() == "Windows" else "bin/python")


## What its marker says: made_by, complete, dreambridge, python, base; empty if there is none.
static func about() -> Dictionary:
	var path := folder().path_join(MARKER)
	var found: Variant = JSON.parse_string(FileAccess.get_file_as_string(path)) if FileAccess.file_exists(path) else null
	var marker: Dictionary = found if found is Dictionary else {}
	return marker
