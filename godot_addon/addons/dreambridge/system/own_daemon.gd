extends RefCounted
## The daemon that a game starts for itself: from the packaged folder beside the exported game, else with a Python.

const ConnectionFile := preload("connection_file.gd")
const ThreadEnd := preload("thread_end.gd")
const Program := preload("program.gd")
## What `dreambridge package` makes lies beside the game's program under this name.
const FOLDER := "dreambridge"
const MANIFEST := "dreambridge-package.json"
const LAUNCHER := "dreambridge"
const KILL := "/bin/kill"
const STOP_TIMEOUT_MS := 3000
## The project's setting: how much the daemon's log has.
const LOG_LEVEL := "dreambridge/daemon/log_level"
## The editor writes its process number here, and the game that it plays inherits it.
const EDITOR := "DREAMBRIDGE_EDITOR"
# In the place of a process that a thread is just making.
const BEING_MADE := 0

## A launcher's PYTHONHOME and PYTHONPATH are meant for another Python, and the working folder holds the game's files. Packages that
## were installed with --user still count, which -I would leave out.
const PYTHON_ALONE: PackedStringArray = ["-E", "-P", "-m", "dreambridge"]

## By daemon's name the process that was started: the streams of a game share one.
static var _started := _kept(&"_dreambridge_started")
# By daemon's name what its connection file must carry: the process that was started may be a launcher, and the daemon another one.
static var _nonces := _kept(&"_dreambridge_nonces")
# By daemon's name the port that it holds a connection to.
static var _lifelines := _kept(&"_dreambridge_lifelines")


## The launcher in the packaged folder beside the game, or "" when there is none.
static func launcher() -> String:
	# Good for finding the folder and for nothing else: it may name a loader that runs the game.
	var folder := OS.get_executable_path().get_base_dir().path_join(FOLDER)
	var path := folder.path_join(LAUNCHER)
	return path if FileAccess.file_exists(folder.path_join(MANIFEST)) and FileAccess.file_exists(path) else ""


## The words that run dreambridge with that Python.
static func with_python(python: String) -> PackedStringArray:
	var words: PackedStringArray = [python]
	words.append_array(PYTHON_ALONE)
	return words


## The words that run dreambridge with what the property python names: a Python, or the command dreambridge itself.
static func with_program(program: String) -> PackedStringArray:
	var path := Program.absolute(program)
	if path.get_file().get_basename() == LAUNCHER:
		return [path]
	return with_python(path)


## A name of this game's own: another game's daemon has other bundles, and ends with that game.
static func private_name(daemon: String) -> String:
	return "%s-%d" % [daemon, OS.get_process_id()]


## In a game that an editor plays: the name of that editor's own daemon for [param daemon]; "" if none runs.
static func of_the_editor(daemon: String) -> String:
	var named := "%s-%s" % [daemon, OS.get_environment(EDITOR)]
	return "" if Engine.is_editor_hint() or ConnectionFile.read(named).is_empty() else named


## Start `command serve` as the daemon [param daemon], unless the one that was started runs.
static func start(command: PackedStringArray, daemon: String) -> void:
	if runs(daemon):
		return
	var words := command.slice(1)
	_nonces[daemon] = "%08x%08x%08x" % [randi(), randi(), Time.get_ticks_usec()]
	words.append_array(["serve", "--name", daemon, "--parent-pid", str(OS.get_process_id()), "--nonce", _nonces[daemon]])
	var port := _new_lifeline(daemon)
	if port > 0:
		words.append_array(["--parent-port", str(port)])
	var level := str(ProjectSettings.get_setting(LOG_LEVEL, "info"))
	if level != "info":
		words.append_array(["--log-level", level])
	if log_of(daemon):
		DirAccess.make_dir_recursive_absolute(log_of(daemon).get_base_dir())
		words.append_array(["--log-file", log_of(daemon)])
	# A path that is wrong, or a Python without dreambridge, shows in that no such process runs a little later.
	if Engine.is_editor_hint():
		_started[daemon] = OS.create_process(command[0], words)
		return
	# A process is a fork of this one, which takes some milliseconds, and more in a large game. The editor has no thread of the addon.
	_started[daemon] = BEING_MADE
	var thread := Thread.new()
	thread.start(_make.bind(command[0], words, daemon, _nonces[daemon]))
	ThreadEnd.join_later(thread)


static func _make(program: String, words: PackedStringArray, daemon: String, nonce: String) -> void:
	_made.call_deferred(daemon, nonce, OS.create_process(program, words))


static func _made(daemon: String, nonce: String, pid: int) -> void:
	if _nonces.get(daemon) == nonce:
		_started[daemon] = pid
	elif pid > 0:
		_end(pid)  # it was stopped meanwhile, and perhaps another one was started


## Is that the connection file of the daemon that was started here?
static func is_ours(found: Dictionary) -> bool:
	return found.get("nonce", "") != "" and found.get("nonce") == _nonces.get(found.get("name"))


## Does the daemon run that was started here? The process that was started may have been a launcher, and be gone.
static func runs(daemon: String) -> bool:
	var pid: int = _started.get(daemon, -1)
	return pid == BEING_MADE or pid > 0 and (OS.is_process_running(pid) or is_ours(ConnectionFile.read(daemon)))


## The file of that daemon's log: in the editor, which shows it. "": it goes into this program's output.
static func log_of(daemon: String) -> String:
	return OS.get_cache_dir().path_join("dreambridge").path_join(daemon + ".log") if Engine.is_editor_hint() else ""


## End that daemon, if it was started here, and wait until it has removed its files.
static func stop(daemon: String) -> void:
	var found := ConnectionFile.read(daemon)
	var pid: int = _started.get(daemon, -1)
	if is_ours(found):
		# The process that was started may have been a launcher.
		_end(found["pid"] as int)
	if pid > 0 and OS.is_process_running(pid):
		_end(pid)
	_started.erase(daemon)
	_nonces.erase(daemon)
	_lifelines.erase(daemon)


static func stop_all() -> void:
	for daemon: String in _started.keys():
		stop(daemon)


static func _end(pid: int) -> void:
	# OS.kill() leaves a process on POSIX systems no time to remove its files.
	if OS.get_name() != "Windows":
		# Not by PATH, which a launcher may have emptied.
		OS.execute(KILL if FileAccess.file_exists(KILL) else KILL.get_file(), ["-TERM", str(pid)])
	var until := Time.get_ticks_msec() + (STOP_TIMEOUT_MS if OS.get_name() != "Windows" else 0)
	while OS.is_process_running(pid) and Time.get_ticks_msec() < until:
		OS.delay_msec(5)
	if OS.is_process_running(pid):
		OS.kill(pid)


## A new port of this process with nothing behind it: the daemon holds a connection to it, and ends with this process. A process number
## would mean another process to a daemon in another container or sandbox. One daemon's port serves no other daemon, since connections
## that have ended stay in its queue, which then refuses others. 0 when there can be none.
static func _new_lifeline(daemon: String) -> int:
	_lifelines.erase(daemon)
	var line := TCPServer.new()
	if line.listen(0, "127.0.0.1") != OK:
		return 0
	_lifelines[daemon] = line
	return line.get_local_port()


# The editor reloads a script whose file changed, and its variables with it: what was started must still be known then.
static func _kept(title: StringName) -> Dictionary:
	if not Engine.has_meta(title):
		Engine.set_meta(title, {})
	return Engine.get_meta(title)
