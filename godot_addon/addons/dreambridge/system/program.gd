extends RefCounted
## Which program starts the daemon: never a path in a scene, because it holds for one machine only.

const Managed := preload("managed.gd")
## The project setting; a path in it holds for all who work on the project, such as [code]res://.venv/bin/python[/code].
const SETTING := "dreambridge/daemon/python"
## The editor writes its user's setting here, and the game that it runs inherits it. A launcher may set it too.
const VARIABLE := "DREAMBRIDGE_PYTHON"
## Does a stream start a daemon when none runs? In the editor, and in a game that has no packaged folder.
const AUTOSTART_IN_EDITOR := "dreambridge/daemon/autostart_in_editor"
const AUTOSTART_IN_GAME := "dreambridge/daemon/autostart_in_game"


## A path of the project or of the user's data as one of the machine; any other text as it is.
static func absolute(path: String) -> String:
	return ProjectSettings.globalize_path(path) if path.begins_with("res://") or path.begins_with("user://") else path


## A Python with dreambridge, or the command dreambridge itself: [param asked] by code, the user's own, the project's, or in development
## the managed environment; "" if there is none.
static func find(asked := "") -> String:
	if asked:
		return asked
	var own := OS.get_environment(VARIABLE)
	var shared := str(ProjectSettings.get_setting(SETTING, ""))
	if own or shared:
		return own if own else shared
	# An exported game has the packaged folder. What happens to lie in the developer's data folder must not hide that it is missing.
	return Managed.python() if OS.has_feature("editor") else ""


## The same, where a stream may start a daemon without being asked by code or a button.
static func to_autostart(asked := "") -> String:
	var setting := AUTOSTART_IN_EDITOR if Engine.is_editor_hint() else AUTOSTART_IN_GAME
	return find(asked) if asked or ProjectSettings.get_setting(setting, true) else ""
