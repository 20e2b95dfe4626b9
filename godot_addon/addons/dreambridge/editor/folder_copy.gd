@tool
extends RefCounted
## Copies a folder beside its final name and only then puts it there, so that no half-made one is ever found.


## Put a copy of [param from] at [param to], with permissions. What stands there is replaced only if it has the file
## [param mark], as [param from] has. What went wrong, or "".
static func replace(from: String, to: String, mark: String) -> String:
	var there := DirAccess.dir_exists_absolute(to) or FileAccess.file_exists(to)
	if there and not FileAccess.file_exists(to.path_join(mark)):
		return "%s is there already and is no packaged folder: move it away." % to
	if to.simplify_path() == from.simplify_path():
		return ""
	var part := to.get_base_dir().path_join(".%s.part" % to.get_file())
	var old := to.get_base_dir().path_join(".%s.old" % to.get_file())
	_remove(part)
	_remove(old)
	var wrong := _copy(from, part)
	if wrong.is_empty() and there and DirAccess.rename_absolute(to, old) != OK:
		wrong = "%s cannot be replaced." % to
	if wrong.is_empty() and DirAccess.rename_absolute(part, to) != OK:
		wrong = "%s cannot be given the name %s." % [part, to]
		if there:
			DirAccess.rename_absolute(old, to)
	_remove(part)
	_remove(old)
	return wrong


static func _copy(from: String, to: String) -> String:
	if DirAccess.make_dir_recursive_absolute(to) != OK:
		return "%s cannot be made." % to
	for file in _files(from):
		var source := from.path_join(file)
		var error := DirAccess.copy_absolute(source, to.path_join(file), FileAccess.get_unix_permissions(source))
		if error != OK:
			return "%s cannot be copied to %s: %s." % [source, to, error_string(error)]
	for sub in _folders(from):
		var wrong := _copy(from.path_join(sub), to.path_join(sub))
		if wrong:
			return wrong
	return ""


static func _remove(folder: String) -> void:
	var here := DirAccess.open(folder)
	if here == null:
		return
	for file in _files(folder):
		here.remove(file)
	for sub in _folders(folder):
		# A link is taken away, never what it leads to.
		if not here.is_link(sub):
			_remove(folder.path_join(sub))
		here.remove(sub)
	DirAccess.remove_absolute(folder)


static func _files(folder: String) -> PackedStringArray:
	var here := DirAccess.open(folder)
	here.include_hidden = true
	return here.get_files()


static func _folders(folder: String) -> PackedStringArray:
	var here := DirAccess.open(folder)
	here.include_hidden = true
	return here.get_directories()
