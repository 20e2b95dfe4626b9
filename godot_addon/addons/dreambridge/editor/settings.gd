@tool
extends RefCounted
## What belongs to this user or this project, and never to a scene: which Python starts the daemon, which scenes are previewed, the
## last prompts.

const Program := preload("../system/program.gd")
const SECTION := "dreambridge"
const MAX_PROMPTS := 50


## Show the settings in Project Settings and Editor Settings. A default value is not written into project.godot.
static func register() -> void:
	var shown := {"name": Program.SETTING, "type": TYPE_STRING, "hint": PROPERTY_HINT_GLOBAL_FILE}
	if not ProjectSettings.has_setting(Program.SETTING):
		ProjectSettings.set_setting(Program.SETTING, "")
	ProjectSettings.set_initial_value(Program.SETTING, "")
	ProjectSettings.set_as_basic(Program.SETTING, true)
	ProjectSettings.add_property_info(shown)
	var own := EditorInterface.get_editor_settings()
	if not own.has_setting(Program.SETTING):
		own.set_setting(Program.SETTING, "")
	own.set_initial_value(Program.SETTING, "", false)
	own.add_property_info(shown)
	pass_on()


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
