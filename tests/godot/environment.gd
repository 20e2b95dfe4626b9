extends SceneTree
## A game in development, in a project with the addon from its release zip: it finds the managed environment by itself. Also the rules that depend on
## another system than this one.

const Pythons := preload("res://addons/dreambridge/editor/environment/pythons.gd")
const Sandbox := preload("res://addons/dreambridge/system/sandbox.gd")
const Managed := preload("res://addons/dreambridge/system/managed.gd")
const Question := preload("res://addons/dreambridge/system/question.gd")
const Words := preload("res://addons/dreambridge/editor/environment/words.gd")
const Starter := preload("res://addons/dreambridge/session/starter.gd")

var got := {}


func _initialize() -> void:
	rules()
	impossible()
	var stream := DreamStream.new()
	var errors: Array[String] = []
	stream.failed.connect(func(code: String, message: String, hint: String) -> void: errors.append("%s|%s|%s" % [code, message, hint]))
	stream.bundle = "res://" + OS.get_environment("BUNDLE")
	root.add_child(stream)
	var until := Time.get_ticks_msec() + 60000
	while errors.is_empty() and stream.frame_index < 3 and Time.get_ticks_msec() < until:
		await process_frame
	got["plays"] = stream.frame_index >= 3
	got["errors"] = errors
	got["daemon"] = stream._session.channel.connection.get("name", "")
	stream.stop()
	await web_game()
	print(JSON.stringify(got))
	quit()


func rules() -> void:
	var about := {"version": [3.0, 12.0, 1.0], "implementation": "CPython", "machine": "x86_64", "bits": 64.0, "missing": ""}
	var refusals := {"good": Question.refusal(about), "nothing": Question.refusal({})}
	for case: Array in [
		["old", "version", [3.0, 9.0, 18.0]], ["ancient", "version", [2.0, 7.0, 18.0]], ["next", "version", [4.0, 0.0, 0.0]], ["pypy", "implementation", "PyPy"],
		["arm", "machine", "arm64"], ["narrow", "bits", 32.0], ["no_venv", "missing", "ensurepip"],
	]:
		refusals[case[0]] = Question.refusal(about.merged({case[1]: case[2]}, true))
	got["refusals"] = refusals
	var none: Array[Dictionary] = []
	got["no_python"] = [Words.found(none, false, {}, ""), Words.found(none, false, {}, "Flatpak"), Words.found(none, false, {}, "Snap")]
	none.append({"path": "/usr/bin/python3", "version": "3.9.18", "refusal": refusals["old"]})
	got["only_old"] = [Words.found(none, false, {}, ""), Words.offered(none[0])]
	got["no_wheel"] = Words.status({}, "", "", false, "Flatpak")
	var boxes := {}
	for case: Array in [
		["none", {}, [], "/usr/bin/godot"], ["flatpak_file", {}, ["/.flatpak-info"], "/app/bin/godot"], ["flatpak_id", {"FLATPAK_ID": "a.b"}, [], "/app/bin/godot"],
		["snap", {"SNAP": "/snap/godot/12"}, [], "/snap/godot/12/godot"], ["inherited", {"SNAP": "/snap/code/7"}, [], "/usr/bin/godot"],
	]:
		var env: Dictionary = case[1]
		var files: Array = case[2]
		boxes[case[0]] = Sandbox.kind_by(func(v: String) -> String: return env.get(v, ""), func(f: String) -> bool: return f in files, case[3] as String)
	got["boxes"] = boxes
	var homes := {"USERPROFILE": "C:\\Users\\Zoë"}
	var of := func(v: String) -> String: return homes.get(v, "")
	got["folders"] = [Managed.folder_for("Windows", "C:/Users/Zoë/AppData/Roaming", of), Managed.folder_for("macOS", "/Users/zoë/Library/Application Support", of)]
	got["places"] = {
		"Linux": places("Linux", {"HOME": "/home/zoë", "PATH": "/odd dir:/home/zoë/.pyenv/shims:/usr/bin"}, [
			"/odd dir/python3", "/home/zoë/.pyenv/shims/python3", "/usr/bin/python3", "/usr/bin/python3.12", "/home/zoë/.pyenv/versions/3.12.1/bin/python3",
			"/home/zoë/.local/share/uv/python/cpython-3.13/bin/python3", "/home/linuxbrew/.linuxbrew/bin/python3",
		]),
		"macOS": places("macOS", {"HOME": "/Users/zoë", "PATH": "/usr/bin:/bin"}, [
			"/usr/bin/python3", "/opt/homebrew/bin/python3.12", "/Library/Frameworks/Python.framework/Versions/3.12/bin/python3",
		]),
		"macOS_tools": places("macOS", {"HOME": "/Users/zoë", "PATH": ""}, ["/usr/bin/python3", "/Library/Developer/CommandLineTools/usr/bin/python3"]),
		"Windows": places("Windows", {"USERPROFILE": "C:\\Users\\Zoë", "LOCALAPPDATA": "C:\\Users\\Zoë\\AppData\\Local", "PATH": "C:\\bin;D:\\x y"}, [
			"D:/x y/python.exe", "C:/Users/Zoë/AppData/Local/Programs/Python/Python312/python.exe", "C:/Users/Zoë/.pyenv/pyenv-win/versions/3.12.1/python.exe",
		]),
	}


## Where a Python is looked for on a system that has those files.
func places(system: String, env: Dictionary, files: Array[String]) -> Array:
	var folders := func(folder: String) -> PackedStringArray:
		var inside := PackedStringArray()
		for file in files:
			if file.begins_with(folder + "/"):
				inside.append(file.trim_prefix(folder + "/").get_slice("/", 0))
		return inside
	var found := Pythons.places(system, func(v: String) -> String: return env.get(v, ""), folders, func(f: String) -> bool: return f in files)
	return found.map(func(command: PackedStringArray) -> String: return " ".join(command))


func impossible() -> void:
	var on := {}
	for platform: String in ["web", "mobile", "pc"]:
		var starter := Starter.new()
		starter.has_feature = func(feature: String) -> bool: return feature == platform
		on[platform] = starter.is_impossible()
	got["impossible"] = on


## What a game on the web shows: the fallback at once, and why.
func web_game() -> void:
	var stream := DreamStream.new()
	var errors: Array[String] = []
	stream.failed.connect(func(code: String, message: String, hint: String) -> void: errors.append("%s|%s|%s" % [code, message, hint]))
	stream._playback.starter.has_feature = func(feature: String) -> bool: return feature == "web"
	var picture := Image.create(5, 3, false, Image.FORMAT_RGBA8)
	stream.fallback = ImageTexture.create_from_image(picture)
	root.add_child(stream)
	for k in 3:
		await process_frame
	got["web"] = [errors, stream.state_name, stream.texture.get_width(), stream.is_running()]
