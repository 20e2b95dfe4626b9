extends RefCounted
## Why no daemon answers, in words: there is none, it is silent, it is another user's, or a sandbox hides it.

const ConnectionFile := preload("connection_file.gd")
const Terminal := preload("terminal.gd")
const Program := preload("program.gd")
const Sandbox := preload("sandbox.gd")
const TEMP := "/tmp"
const PREFIX := "dreambridge-"


## Is this a platform whose programs cannot share files? [param has_feature] is OS.has_feature.
static func is_impossible(has_feature: Callable) -> bool:
	return has_feature.call("web") or has_feature.call("mobile")


## [code, message, hint] on such a platform.
static func impossible() -> PackedStringArray:
	return [
		"not_supported", "No daemon can run on this platform (%s), because its programs cannot share files." % OS.get_name(),
		"The stream shows its fallback picture. A DreamOutput can show a baked film instead.",
	]


## [code, message, hint] where no daemon of that name is found.
static func missing(daemon: String) -> PackedStringArray:
	var folder := ConnectionFile.folder()
	if DirAccess.dir_exists_absolute(folder) and DirAccess.open(folder) == null:
		return [
			"no_access", "The runtime folder %s cannot be read: it belongs to another user." % folder,
			"A daemon under sudo may have made it. Remove it: %s" % Terminal.line(["sudo", "rm", "-r", folder]),
		]
	return [
		"not_running", "No daemon \"%s\" is running (looked in %s)." % [daemon, folder],
		"Start one:\n%s\n%s%s" % [Terminal.serve(daemon), _how_to_have_one_started(), _what_may_hide_it()],
	]


## [code, message, hint] where a process holds the name, [param found] is its connection file, and nothing comes from it.
static func silent(daemon: String, found: Dictionary) -> PackedStringArray:
	var theirs: Variant = found.get("pid_namespace", 0)
	var pid: int = found["pid"]
	if theirs is float and theirs > 0 and int(theirs as float) != ConnectionFile.pid_namespace():
		return [
			"not_answering",
			"The daemon \"%s\" (process %d of another PID namespace, a container or sandbox) does not answer on %s." % [daemon, pid, found["endpoint"]],
			"Share its network with this game. If it has ended, remove %s." % ConnectionFile.folder().path_join(daemon + ".json"),
		]
	return [
		"not_answering", "The daemon \"%s\" (process %d) does not answer on %s." % [daemon, pid, found["endpoint"]],
		"It may be stopped or overloaded. End it: %s" % Terminal.end(pid),
	]


static func _how_to_have_one_started() -> String:
	if not OS.has_feature("editor"):
		return "Or ship the game with a packaged daemon (dreambridge package)."
	if Program.find():
		return "Or let streams start one: Project Settings > Dreambridge."
	return "Or press Install in Project Settings > Dreambridge, and streams start one by themselves."


static func _what_may_hide_it() -> String:
	var hints := ""
	var others := PackedStringArray()
	if OS.get_name() not in ["Windows", "macOS"]:
		for title in DirAccess.get_directories_at(TEMP):
			if title.begins_with(PREFIX) and title.trim_prefix(PREFIX).is_valid_int() and title != ConnectionFile.folder_in_temp():
				others.append(TEMP.path_join(title))
	if others:
		hints += " Another user's daemon may run (%s): it must run as the same user as this game, without sudo." % ", ".join(others.slice(0, 3))
	var sandbox := Sandbox.kind()
	if sandbox:
		hints += " This program runs in a sandbox (%s): set DREAMBRIDGE_RUNTIME_DIR, for both, to a folder that it shares with the daemon." % sandbox
	return hints
