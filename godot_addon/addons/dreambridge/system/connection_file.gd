extends RefCounted
## The connection file, by which the daemon is found (PROTOCOL.md, part 1).


## The folder of connection files on this system.
static func folder() -> String:
	var system: String = {"macOS": "macos", "Windows": "windows"}.get(OS.get_name(), "linux")
	return runtime_folder(system, OS.get_environment, _uid(), DirAccess.dir_exists_absolute)


## The rule of PROTOCOL.md, part 1, as a function of what it depends on: [param env] gives a variable or "", [param is_folder]
## tells whether a path is one. protocol/vectors/runtime_folder.json has its cases.
static func runtime_folder(system: String, env: Callable, uid: int, is_folder: Callable) -> String:
	var named: String = env.call("DREAMBRIDGE_RUNTIME_DIR")
	if named:
		return named
	if system != "linux":
		var home: String = env.call("USERPROFILE" if system == "windows" else "HOME")
		return home.path_join(".dreambridge/run")
	var session: String = env.call("XDG_RUNTIME_DIR")
	if session.begins_with("/") and is_folder.call(session):
		return session.path_join("dreambridge")
	return "/tmp/dreambridge-%d" % uid


## The name that this user's runtime folder has in /tmp.
static func folder_in_temp() -> String:
	return "dreambridge-%d" % _uid()


## The connection of the daemon [param daemon], or an empty dictionary when none is written or its process is gone.
static func read(daemon: String) -> Dictionary:
	var path := folder().path_join(daemon + ".json")
	if not FileAccess.file_exists(path):
		return {}
	var found: Variant = JSON.parse_string(FileAccess.get_file_as_string(path))
	if not found is Dictionary:
		return {}
	var c: Dictionary = found
	for key: String in ["protocol", "endpoint", "token", "pid", "start_time", "epoch"]:
		if not c.has(key):
			return {}
	for key: String in ["pid", "start_time", "epoch"]:
		if not (c[key] is float or c[key] is int):
			return {}
		# JSON numbers are floats to Godot; an epoch of microseconds stays exact below 2^53.
		var number: float = c[key]
		c[key] = int(number)
	var pid: int = c["pid"]
	var started: int = c["start_time"]
	var theirs: Variant = c.get("pid_namespace")
	return c if not theirs is float or int(theirs as float) != pid_namespace() or _alive(pid, started) else {}


## The number of this process's PID namespace on Linux, else 0. A sandbox or container has its own: a process number of another
## one tells nothing here, so that the socket must.
static func pid_namespace() -> int:
	var folder_of_links := DirAccess.open("/proc/self/ns") if OS.get_name() == "Linux" else null
	if folder_of_links == null:
		return 0
	return folder_of_links.read_link("pid").to_int()


## On Linux a process is the same one only with the same start time; elsewhere the socket tells.
static func _alive(pid: int, started: int) -> bool:
	if OS.get_name() != "Linux" or not DirAccess.dir_exists_absolute("/proc/self"):
		return true
	var stat := FileAccess.open("/proc/%d/stat" % pid, FileAccess.READ)
	if stat == null:
		return false
	var line := stat.get_line()
	var fields := line.substr(line.rfind(")") + 2).split(" ")
	return fields.size() > 19 and fields[0] != "Z" and (started == 0 or fields[19].to_int() == started)


static func _uid() -> int:
	var status := FileAccess.open("/proc/self/status", FileAccess.READ)
	while status != null and not status.eof_reached():
		var line := status.get_line()
		if line.begins_with("Uid:"):
			return line.split("\t")[1].to_int()
	return 0
