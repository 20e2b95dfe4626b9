@tool
extends RefCounted
## Bakes the film of a cutscene with `dreambridge bake`, and keeps it until the cutscene or its files change.

const Program := preload("../system/program.gd")
const OwnDaemon := preload("../system/own_daemon.gd")
const Terminal := preload("../system/terminal.gd")
## In the user's own copy of the project, as all that is made of its files.
const FOLDER := "res://.godot/dreambridge_films"


## [code]{"film": bytes, "error": ""}[/code], or what went wrong. [param way]: the options to take, joined by commas; after them, and without
## them, the first ones that are offered.
static func bake(cutscene: DreamCutscene, way := "") -> Dictionary:
	var program := Program.find()
	if program.is_empty():
		return _wrong("%s has no film: no Python with dreambridge is chosen. Choose one in the dock Dreambridge." % cutscene.resource_path)
	var out := ProjectSettings.globalize_path(FOLDER).path_join(_key(cutscene, program, way))
	var film := _film_in(out)
	if film.is_empty():
		DirAccess.make_dir_recursive_absolute(out.get_base_dir())
		var words := OwnDaemon.with_program(program)
		words.append_array(["bake", ProjectSettings.globalize_path(cutscene.resource_path), "--format", "ogv", "--out", out, "--json"])
		if way:
			words.append_array(["--path", way])
		var said := []
		var code := OS.execute(words[0], words.slice(1), said, true)
		film = _film_in(out)
		if code != 0 or film.is_empty():
			return _wrong("%s has no film: `%s` failed (%d): %s" % [cutscene.resource_path, Terminal.line(words), code, "".join(said).strip_edges()])
	return {"film": film, "error": ""}


static func _film_in(folder: String) -> PackedByteArray:
	if DirAccess.dir_exists_absolute(folder):
		for file in DirAccess.get_files_at(folder):
			if file.ends_with(DreamCutscene.FILM):
				return FileAccess.get_file_as_bytes(folder.path_join(file))
	return []


## A name for all that the film depends on, as far as it is known here.
static func _key(cutscene: DreamCutscene, program: String, way: String) -> String:
	var about := HashingContext.new()
	about.start(HashingContext.HASH_SHA256)
	about.update((cutscene.resource_path + program + way + cutscene.document).to_utf8_buffer())
	var paths: Array = cutscene.file_paths().values()
	paths.sort()
	for path: String in paths:
		about.update(FileAccess.get_sha256(path).to_utf8_buffer())
	# Another release of dreambridge, or other bundles.
	var said := []
	var words := OwnDaemon.with_program(program)
	words.append_array(["bundles", "--json"])
	OS.execute(words[0], words.slice(1), said, true)
	about.update("".join(said).to_utf8_buffer())
	return "%s-%s" % [cutscene.resource_path.get_file().get_slice(".", 0), about.finish().hex_encode().left(16)]


static func _wrong(said: String) -> Dictionary:
	return {"film": PackedByteArray(), "error": said}
