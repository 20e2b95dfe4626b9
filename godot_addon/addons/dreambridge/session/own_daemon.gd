extends RefCounted
## The daemon that a game starts for itself: from the packaged folder beside the exported game, else with a Python.

## What `dreambridge package` makes lies beside the game's program under this name.
const FOLDER := "dreambridge"
const MANIFEST := "dreambridge-package.json"
const LAUNCHER := "dreambridge"

## By daemon's name the process that was started: the streams of a game share one.
static var _started := {}


## The launcher in the packaged folder beside the game, or "" when there is none.
static func launcher() -> String:
	# Good for finding the folder and for nothing else: it may name a loader that runs the game.
	var folder := OS.get_executable_path().get_base_dir().path_join(FOLDER)
	var path := folder.path_join(LAUNCHER)
	return path if FileAccess.file_exists(folder.path_join(MANIFEST)) and FileAccess.file_exists(path) else ""


## A name of this game's own: another game's daemon has other bundles, and ends with that game.
static func private_name(daemon: String) -> String:
	return "%s-%d" % [daemon, OS.get_process_id()]


## Start `command serve` as the daemon [param daemon], unless the one that was started runs. Its process, -1 when that failed.
static func start(command: PackedStringArray, daemon: String) -> int:
	if runs(daemon):
		return _started[daemon]
	var words := command.slice(1)
	words.append_array(["serve", "--name", daemon, "--parent-pid", str(OS.get_process_id())])
	# A path that is wrong, or a Python without dreambridge, shows in that no such process runs a little later.
	_started[daemon] = OS.create_process(command[0], words)
	return _started[daemon]


## Does the process run that was started as this daemon?
static func runs(daemon: String) -> bool:
	var pid: int = _started.get(daemon, -1)
	return pid > 0 and OS.is_process_running(pid)
