@tool
extends EditorExportPlugin
## Copies a folder that `dreambridge package` made next to the exported game, where [DreamStream] finds it and starts its daemon.
## Adds stories and the files that cutscenes name to the game, and films of cutscenes for machines without a daemon.

const OwnDaemon := preload("../system/own_daemon.gd")
const Terminal := preload("../system/terminal.gd")
const FolderCopy := preload("folder_copy.gd")
const FilmBaker := preload("film_baker.gd")
const Program := preload("../system/program.gd")
## The daemon goes with the game: from the folder or Python of PACKAGE, or made by the Python that this user has chosen, whose path no preset holds.
const INCLUDE := "dreambridge/include_daemon"
const PACKAGE := "dreambridge/package"
const BUNDLE := "dreambridge/bundle"
const FILMS := "dreambridge/bake_films"
const WAYS := "dreambridge/film_ways"
const SYSTEMS: Array[String] = ["linux", "windows", "macos"]
const TITLE := "Dreambridge"
const ELSEWHERE := "Run `dreambridge package` on a machine of that kind, and set the option Package to its folder."
const STORY := ".dreamstory"
const NO_PYTHON := "The game gets no daemon: no Python with dreambridge is chosen. Press Install in Project Settings > Dreambridge."


func _get_name() -> String:
	return TITLE


func _supports_platform(_platform: EditorExportPlatform) -> bool:
	return true  # those without shared files too: the export shows a message


func _get_export_options(_platform: EditorExportPlatform) -> Array[Dictionary]:
	return [
		{"option": {"name": INCLUDE, "type": TYPE_BOOL}, "default_value": false},
		{"option": {"name": PACKAGE, "type": TYPE_STRING, "hint": PROPERTY_HINT_GLOBAL_FILE}, "default_value": ""},
		{"option": {"name": BUNDLE, "type": TYPE_STRING}, "default_value": "vista"},
		{"option": {"name": FILMS, "type": TYPE_BOOL}, "default_value": false},
		{"option": {"name": WAYS, "type": TYPE_DICTIONARY}, "default_value": {}},
	]


func _get_export_option_warning(platform: EditorExportPlatform, option: String) -> String:
	if option == WAYS:
		return _ways_without_cutscene()
	if option not in [PACKAGE, INCLUDE]:
		return ""
	var value := _value(PACKAGE)
	var is_set: bool = value != "" if option == PACKAGE else get_option(INCLUDE) == true
	if platform.get_os_name().to_lower() not in SYSTEMS:
		return "%s cannot run the daemon, because it has no shared files. Leave this option empty." % platform.get_os_name() if is_set else ""
	if option == INCLUDE:
		return NO_PYTHON if is_set and value.is_empty() and Program.find().is_empty() else ""
	return "This path is neither a folder made by `dreambridge package` nor a Python." if is_set and not FileAccess.file_exists(value) and _folder(value).is_empty() else ""


func _export_begin(features: PackedStringArray, _is_debug: bool, path: String, _flags: int) -> void:
	var unknown := _ways_without_cutscene()
	if unknown:
		_tell(true, unknown)
	for story in _stories("res://"):
		add_file(story, FileAccess.get_file_as_bytes(story), false)
	var system := _system(features)
	if system.is_empty():
		_tell(true, "This platform cannot run the daemon, because it has no shared files. The exported game shows the stream's fallback picture.")
		return
	var value := _value(PACKAGE)
	var target := _absolute(path).get_base_dir().path_join(OwnDaemon.FOLDER)
	if value.is_empty():
		if get_option(INCLUDE) != true:
			print("%s: the option %s is off, so players need a daemon that is already running. See the addon's README." % [TITLE, INCLUDE])
		elif Program.find().is_empty():
			_tell(false, NO_PYTHON)
		else:
			_make(Program.find(), target, system, features)
		return
	var folder := _folder(value)
	if folder:
		_copy(folder, target, system, features)
	elif FileAccess.file_exists(value):
		_make(value, target, system, features)
	else:
		_tell(false, "%s is neither a folder made by `dreambridge package` nor a Python. Change the option %s of the export preset." % [value, PACKAGE])


## Stories are no resources, which a preset exports by itself. Those that its filter excludes stay out.
func _stories(folder: String) -> PackedStringArray:
	var found := PackedStringArray()
	for sub in DirAccess.get_directories_at(folder):
		if not sub.begins_with(".") and not FileAccess.file_exists(folder.path_join(sub).path_join(".gdignore")):
			found.append_array(_stories(folder.path_join(sub)))
	for file in DirAccess.get_files_at(folder):
		if file.to_lower().ends_with(STORY) and not _is_excluded(folder.path_join(file)):
			found.append(folder.path_join(file))
	return found


func _is_excluded(path: String) -> bool:
	# Before Godot 4.4 a plugin cannot know.
	var preset: Object = call("get_export_preset") if has_method("get_export_preset") else null
	for pattern: String in (str(preset.call("get_exclude_filter")).split(",", false) if preset else PackedStringArray()):
		if path.trim_prefix("res://").matchn(pattern.strip_edges()) or path.matchn(pattern.strip_edges()):
			return true
	return false


func _export_file(path: String, _type: String, _features: PackedStringArray) -> void:
	if path.to_lower().ends_with(STORY):
		skip()  # the preset's filter names it, and it was added at the beginning
	if not path.to_lower().ends_with(DreamCutsceneLoader.SUFFIX):
		return
	var cutscene := load(path) as DreamCutscene
	# The file as it is: of a picture or a sound the game itself has only what the import made of it.
	for named: String in cutscene.file_paths().values():
		add_file(named, FileAccess.get_file_as_bytes(named), false)
	# A film that lies there is the user's own, and exported as any other.
	if get_option(FILMS) == true and not FileAccess.file_exists(cutscene.film_path()):
		_bake(cutscene)


func _bake(cutscene: DreamCutscene) -> void:
	print("%s: baking a film of %s …" % [TITLE, cutscene.resource_path])
	var way: String = _ways().get(cutscene.resource_path, "")
	var made := FilmBaker.bake(cutscene, way)
	if made["error"]:
		_tell(false, made["error"] as String)
		return
	var film: PackedByteArray = made["film"]
	add_file(cutscene.film_path(), film, false)
	print("%s: %s, %.1f MB" % [TITLE, cutscene.film_path(), film.size() / 1e6])


## The options that the film of a cutscene takes, by its path, joined by commas.
func _ways() -> Dictionary:
	var asked: Variant = get_option(WAYS)
	var found := {}
	for path: Variant in (asked as Dictionary if asked is Dictionary else {}):
		var way: Variant = asked[path]
		found[str(path)] = ",".join(way as PackedStringArray) if way is PackedStringArray else str(way).strip_edges()
	return found


func _ways_without_cutscene() -> String:
	for path: String in _ways():
		if not path.to_lower().ends_with(DreamCutsceneLoader.SUFFIX) or not ResourceLoader.exists(path):
			return "The option %s names %s, but the project has no such cutscene. Write a path such as res://harbour.dream.json." % [WAYS, path]
	return ""


func _copy(folder: String, target: String, system: String, features: PackedStringArray) -> void:
	var about := _about(folder)
	var made_for: String = about.get("platform", "")
	var machine := made_for.get_slice("-", 1).replace("aarch64", "arm64")
	if made_for.get_slice("-", 0) != system or machine not in features:
		_tell(false, "%s was made for %s, but this export is for %s (%s). %s" % [folder, made_for, system, ", ".join(features), ELSEWHERE])
		return
	if _about(target) == about:
		print("%s: %s is up to date" % [TITLE, target])
		return
	var wrong := FolderCopy.replace(folder, target)
	if wrong:
		_tell(false, wrong)
	else:
		var size: float = about.get("size", 0.0)
		print("%s: %s, %.0f MB" % [TITLE, target, size / 1e6])


func _make(program: String, target: String, system: String, features: PackedStringArray) -> void:
	var own := OS.get_name().to_lower()
	if own != system or Engine.get_architecture_name() not in features:
		var which := [own, Engine.get_architecture_name(), system, ", ".join(features)]
		_tell(false, "A Python of this machine makes a folder for %s (%s), but this export is for %s (%s). " % which + ELSEWHERE)
		return
	print("%s: making %s …" % [TITLE, target])
	var said := []
	var words := OwnDaemon.with_program(program)
	words.append_array(["package", "--out", target, "--bundle", _value(BUNDLE)])
	var code := OS.execute(words[0], words.slice(1), said, true)
	if code == 0:
		print("%s: %s" % [TITLE, "".join(said)])
	else:
		_tell(false, "`%s` failed (%d): %s" % [Terminal.line(words), code, "".join(said)])


func _value(option: String) -> String:
	var value: Variant = get_option(option)
	return Program.absolute(str(value).strip_edges()) if value != null else ""


## The packaged folder that a value names: the folder itself, or a file in it such as its launcher. "": neither.
func _folder(value: String) -> String:
	for folder: String in [value, value.get_base_dir()]:
		if not _about(folder).is_empty():
			return folder
	return ""


func _about(folder: String) -> Dictionary:
	var path := folder.path_join(OwnDaemon.MANIFEST)
	var found: Variant = JSON.parse_string(FileAccess.get_file_as_string(path)) if FileAccess.file_exists(path) else null
	var about: Dictionary = found if found is Dictionary else {}
	return about


func _system(features: PackedStringArray) -> String:
	for system in SYSTEMS:
		if system in features:
			return system
	return ""


func _absolute(path: String) -> String:
	var whole := path if path.is_absolute_path() and not path.begins_with("res://") else ProjectSettings.globalize_path("res://").path_join(path.trim_prefix("res://"))
	return whole.simplify_path()


## In the output, and from Godot 4.4 on in the export's own list of messages too. The export itself goes on.
func _tell(only_a_warning: bool, text: String) -> void:
	if only_a_warning:
		push_warning("%s: %s" % [TITLE, text])
	else:
		push_error("%s: %s" % [TITLE, text])
	if has_method("get_export_platform"):
		var platform: Object = call("get_export_platform")
		if platform:
			platform.call("add_message", 2 if only_a_warning else 3, TITLE, text)
