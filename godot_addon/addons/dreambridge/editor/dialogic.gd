@tool
extends RefCounted
## Adds the event and the subsystem of Dreambridge to a project with Dialogic 2. They lie in a folder that Godot ignores: without Dialogic they do not compile.

const FROM := "res://addons/dreambridge/dialogic"
const ADDON := "res://addons/dialogic/plugin.cfg"
const SETTING := "dialogic/extensions_folder"
const FOLDER := "res://addons/dialogic_additions"


static func is_there() -> bool:
	return FileAccess.file_exists(ADDON)


## The folder of the event in this project.
static func target() -> String:
	return str(ProjectSettings.get_setting(SETTING, FOLDER)).path_join("dreambridge")


## Copy the files, also over those of an earlier release. Empty, or why it failed.
static func install() -> String:
	var into := target()
	if DirAccess.make_dir_recursive_absolute(into) != OK:
		return "The folder %s cannot be made." % into
	for file in DirAccess.get_files_at(FROM):
		if file.get_extension() == "gd" and DirAccess.copy_absolute(FROM.path_join(file), into.path_join(file)) != OK:
			return "%s cannot be copied to %s." % [file, into]
	return ""
