extends RefCounted
## Flatpak and Snap: is this program in a sandbox, and what does that mean for the daemon?

const FLATPAK_INFO := "/.flatpak-info"


## "Flatpak", "Snap" or "".
static func kind() -> String:
	return kind_by(OS.get_environment, FileAccess.file_exists, OS.get_executable_path())


## The rule as a function of what it depends on: [param env] gives a variable or "", [param is_file] tells whether a path is a file.
static func kind_by(env: Callable, is_file: Callable, program: String) -> String:
	if is_file.call(FLATPAK_INFO) or env.call("FLATPAK_ID"):
		return "Flatpak"
	var snap: String = env.call("SNAP")
	# A program that was started from a snap's terminal has its variables too.
	return "Snap" if snap and program.begins_with(snap + "/") else ""


## What holds for starting a daemon from here; "" outside a sandbox.
static func about_starting(sandbox: String) -> String:
	match sandbox:
		"Flatpak":
			return "Godot runs in Flatpak: it can start only the Pythons of the sandbox, not those of your system. Install makes an environment inside the sandbox. It needs the network (flatpak override --user --share=network %s)." % _app()
		"Snap":
			return "Godot runs in a snap: it can start only the Pythons of the snap, not those of your system, unless the snap is classic. Install makes an environment in the snap's own data folder."
	return ""


## The way out where no Python here can run the daemon; "" outside a sandbox.
static func outside(sandbox: String) -> String:
	match sandbox:
		"Flatpak":
			return "Or run the daemon outside: start it in a terminal (dreambridge serve), then let Godot see it: flatpak override --user --filesystem=xdg-run/dreambridge --device=shm --share=network %s" % _app()
		"Snap":
			return "Or run the daemon outside: in a terminal set DREAMBRIDGE_RUNTIME_DIR and DREAMBRIDGE_RING_DIR to a folder in your home folder and run dreambridge serve; start Godot with the same DREAMBRIDGE_RUNTIME_DIR."
	return ""


static func _app() -> String:
	var app := OS.get_environment("FLATPAK_ID")
	return app if app else "org.godotengine.Godot"
