@tool
extends RefCounted
## Copies a packaged folder under a temporary name, and renames it when it is complete, so that nobody finds half a folder.
##
## What stands there is replaced only while it holds nothing but what its marker lists, as `dreambridge package` does
## (dreambridge/system/made_folders.py): nothing of a user's is ever removed.

const MARKER := ".dreambridge-made.json"
const MADE_BY := "dreambridge package"
const LITTER: Array[String] = [".DS_Store", "Thumbs.db", "desktop.ini"]


## Put a copy of [param from] at [param to], with permissions. What went wrong, or "".
static func replace(from: String, to: String) -> String:
	if to.simplify_path() == from.simplify_path():
		return ""
	var there := DirAccess.dir_exists_absolute(to) or FileAccess.file_exists(to)
	var foreign := _foreign(to) if there else ""
	if foreign:
		return "%s is not replaced: %s. Move it away." % [to, foreign]
	var own := "%d-%d" % [OS.get_process_id(), Time.get_ticks_usec()]
	var part := to.get_base_dir().path_join(".%s.part-%s" % [to.get_file(), own])
	var old := to.get_base_dir().path_join(".%s.old-%s" % [to.get_file(), own])
	if DirAccess.dir_exists_absolute(part) or DirAccess.dir_exists_absolute(old):
		return "%s already exists. Export again." % part
	var files := {}
	var wrong := _copy(from, part, "", files)
	if wrong.is_empty():
		wrong = _write_marker(part, files)
	if wrong.is_empty() and there and DirAccess.rename_absolute(to, old) != OK:
		wrong = "%s cannot be replaced." % to
	if wrong.is_empty() and DirAccess.rename_absolute(part, to) != OK:
		wrong = "%s cannot be renamed to %s." % [part, to]
		if there:
			DirAccess.rename_absolute(old, to)
	_remove(part, files)
	_remove(old, _listed(old))
	return wrong


static func _copy(from: String, to: String, place: String, files: Dictionary) -> String:
	if DirAccess.make_dir_recursive_absolute(to) != OK:
		return "%s cannot be created." % to
	for file in _files(from):
		if place.is_empty() and file == MARKER:
			continue
		var source := from.path_join(file)
		var error := DirAccess.copy_absolute(source, to.path_join(file), FileAccess.get_unix_permissions(source))
		files[place.path_join(file)] = FileAccess.get_sha256(to.path_join(file))
		if error != OK:
			return "%s cannot be copied to %s: %s." % [source, to, error_string(error)]
	for sub in _folders(from):
		var wrong := _copy(from.path_join(sub), to.path_join(sub), place.path_join(sub), files)
		if wrong:
			return wrong
	return ""


static func _write_marker(folder: String, files: Dictionary) -> String:
	var marker := FileAccess.open(folder.path_join(MARKER), FileAccess.WRITE)
	if marker == null:
		return "%s cannot be written: %s." % [folder.path_join(MARKER), error_string(FileAccess.get_open_error())]
	marker.store_string(JSON.stringify({"made_by": MADE_BY, "files": files}, " ") + "\n")
	return ""


## Each file that the folder's marker lists, with its sha256; empty when there is no marker.
static func _listed(folder: String) -> Dictionary:
	var path := folder.path_join(MARKER)
	var found: Variant = JSON.parse_string(FileAccess.get_file_as_string(path)) if FileAccess.file_exists(path) else null
	if found is Dictionary and (found as Dictionary).get("made_by") == MADE_BY and (found as Dictionary).get("files") is Dictionary:
		return (found as Dictionary)["files"]
	return {}


## Why the folder must not be replaced; "" when all of it is ours.
static func _foreign(folder: String) -> String:
	var here := DirAccess.open(folder.get_base_dir())
	var files := _listed(folder)
	if here != null and not here.is_link(folder) and _is_empty(folder):
		return ""
	if here == null or here.is_link(folder) or files.is_empty():
		return "`%s` did not make it" % MADE_BY
	return _foreign_in(folder, "", files)


static func _foreign_in(folder: String, place: String, files: Dictionary) -> String:
	var here := DirAccess.open(folder)
	for file in _files(folder):
		var name := place.path_join(file)
		if (place.is_empty() and file == MARKER) or file in LITTER:
			continue
		if name not in files:
			return "`%s` made it, but did not write %s in it" % [MADE_BY, name]
		if here.is_link(file) or FileAccess.get_sha256(folder.path_join(file)) != files[name]:
			return "`%s` made it, but %s in it was changed since" % [MADE_BY, name]
	for sub in _folders(folder):
		var name := place.path_join(sub)
		if here.is_link(sub) or _is_empty(folder.path_join(sub)):
			return "`%s` made it, but did not write %s in it" % [MADE_BY, name]
		var wrong := _foreign_in(folder.path_join(sub), name, files)
		if wrong:
			return wrong
	return ""


## Remove the files of that list, and the folders that are empty then; whatever else lies there stays.
static func _remove(folder: String, files: Dictionary, place := "") -> void:
	var here := DirAccess.open(folder)
	if here == null:
		return
	for file in _files(folder):
		if place.path_join(file) in files or file in LITTER:
			here.remove(file)
	for sub in _folders(folder):
		if not here.is_link(sub):
			_remove(folder.path_join(sub), files, place.path_join(sub))
	var left := _files(folder)
	if place.is_empty() and left == PackedStringArray([MARKER]) and _folders(folder).is_empty():
		here.remove(MARKER)
		left = PackedStringArray()
	if left.is_empty() and _folders(folder).is_empty():
		DirAccess.remove_absolute(folder)


static func _is_empty(folder: String) -> bool:
	return DirAccess.dir_exists_absolute(folder) and _files(folder).is_empty() and _folders(folder).is_empty()


static func _files(folder: String) -> PackedStringArray:
	var here := DirAccess.open(folder)
	here.include_hidden = true
	return here.get_files()


static func _folders(folder: String) -> PackedStringArray:
	var here := DirAccess.open(folder)
	here.include_hidden = true
	return here.get_directories()
