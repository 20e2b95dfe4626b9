@tool
extends RefCounted
## What belongs to this user or this project, and never to a scene: which Python starts the daemon, which scenes are previewed, the
## last prompts.

const Program := preload("../system/program.gd")
const OwnDaemon := preload("../system/own_daemon.gd")
const SECTION := "dreambridge"
const MAX_PROMPTS := 50
const LOG_LEVELS: PackedStringArray = ["info", "debug", "warning", "error"]
## The project's settings and their defaults.
const SHARED := {Program.SETTING: "", Program.AUTOSTART_IN_EDITOR: true, Program.AUTOSTART_IN_GAME: true, OwnDaemon.LOG_LEVEL: "info"}


## Show the settings in Project Settings and Editor Settings. A default value is not written into project.godot.
static func register() -> void:
	for setting: String in SHARED:
		if not ProjectSettings.has_setting(setting):
			ProjectSettings.set_setting(setting, SHARED[setting])
		ProjectSettings.set_initial_value(setting, SHARED[setting])
		ProjectSettings.set_as_basic(setting, true)
	ProjectSettings.add_property_info({
		"name": Program.SETTING, "type": TYPE_STRING, "hint": PROPERTY_HINT_PLACEHOLDER_TEXT, "hint_string": "res://.venv/bin/python"
	})
	ProjectSettings.add_property_info({
		"name": OwnDaemon.LOG_LEVEL, "type": TYPE_STRING, "hint": PROPERTY_HINT_ENUM, "hint_string": ",".join(LOG_LEVELS)
	})
	var own := EditorInterface.get_editor_settings()
	if not own.has_setting(Program.SETTING):
		own.set_setting(Program.SETTING, "")
	own.set_initial_value(Program.SETTING, "", false)
	own.add_property_info({"name": Program.SETTING, "type": TYPE_STRING, "hint": PROPERTY_HINT_GLOBAL_FILE})
	keep_paths_out()
	pass_on()


## Keep the path of one machine out of project.godot: it becomes this user's own setting, or a path within the project.
static func keep_paths_out() -> void:
	var shared := str(ProjectSettings.get_setting(Program.SETTING, ""))
	if shared == "" or shared.begins_with("res://") or not shared.is_absolute_path():
		return
	var local := ProjectSettings.localize_path(shared)
	if local.begins_with("res://"):
		ProjectSettings.set_setting(Program.SETTING, local)
		return
	ProjectSettings.set_setting(Program.SETTING, "")
	push_warning("Dreambridge: the path %s holds for this machine only. It was moved from the project's settings to your Editor Settings." % shared)
	if own_python() == "":
		set_own_python(shared)


## Change a setting of the project. What went wrong, or "".
static func share(setting: String, value: Variant) -> String:
	if ProjectSettings.get_setting(setting) == value:
		return ""
	ProjectSettings.set_setting(setting, value)
	if ProjectSettings.save() == OK:
		return ""
	return "project.godot cannot be written, so %s holds until you close the editor. Make the project's folder writable." % setting


## Let the games that this editor runs have the user's own Python.
static func pass_on() -> void:
	var own := own_python()
	if own:
		OS.set_environment(Program.VARIABLE, own)


static func own_python() -> String:
	var own := EditorInterface.get_editor_settings()
	return str(own.get_setting(Program.SETTING)) if own.has_setting(Program.SETTING) else ""


static func set_own_python(path: String) -> void:
	EditorInterface.get_editor_settings().set_setting(Program.SETTING, path)
	OS.set_environment(Program.VARIABLE, path)


## Does this user see the stream in that scene while it is edited?
static func is_previewed(scene: String) -> bool:
	var scenes: Dictionary = _recall("previewed", {})
	return scenes.has(scene)


static func set_previewed(scene: String, on: bool) -> void:
	var scenes: Dictionary = (_recall("previewed", {}) as Dictionary).duplicate()
	if on:
		scenes[scene] = true
	else:
		scenes.erase(scene)
	_keep("previewed", scenes)


static func prompts() -> PackedStringArray:
	return PackedStringArray(_recall("prompts", PackedStringArray()) as PackedStringArray)


## The newest is the last.
static func add_prompt(text: String) -> void:
	var all := prompts()
	if all.has(text):
		all.remove_at(all.find(text))
	all.append(text)
	_keep("prompts", all.slice(maxi(0, all.size() - MAX_PROMPTS)))


static func is_open(section: String, otherwise: bool) -> bool:
	return _recall("open_" + section.to_snake_case(), otherwise)


static func set_open(section: String, on: bool) -> void:
	_keep("open_" + section.to_snake_case(), on)


static func _recall(key: String, otherwise: Variant) -> Variant:
	return EditorInterface.get_editor_settings().get_project_metadata(SECTION, key, otherwise)


# In .godot/editor, which belongs to this user's copy of the project.
static func _keep(key: String, value: Variant) -> void:
	EditorInterface.get_editor_settings().set_project_metadata(SECTION, key, value)
