extends RefCounted
## Which program starts the daemon: never a path in a scene, because it holds for one machine only.

## The project setting; a path in it holds for all who work on the project, such as [code]res://.venv/bin/python[/code].
const SETTING := "dreambridge/daemon/python"
## The editor writes its user's setting here, and the game that it runs inherits it. A launcher may set it too.
const VARIABLE := "DREAMBRIDGE_PYTHON"


## A Python with dreambridge, or the command dreambridge itself: [param asked] by code, the user's own, or the project's; "" if none is set.
static func find(asked := "") -> String:
	if asked:
		return asked
	var own := OS.get_environment(VARIABLE)
	return own if own else str(ProjectSettings.get_setting(SETTING, ""))
