@tool
extends VBoxContainer
## The cutscene editor: shots on the left, the timeline of one, its details. Edits a [DreamCutscene] with undo, saves it as the same text
## with only the changed values replaced, and lets the preview follow the playhead.

## The document changed or was saved.
signal changed

const Spans := preload("json_spans.gd")
const Edits := preload("edits.gd")
const Follows := preload("follows.gd")
const Timeline := preload("timeline.gd")
const Details := preload("details.gd")
const Problems := preload("problems.gd")
const Follow := preload("follow.gd")
const Toolbar := preload("toolbar.gd")
const Convert := preload("convert.gd")

var cutscene: DreamCutscene
var shot := ""
var toolbar := Toolbar.new()
var shots := Tree.new()
var timeline := Timeline.new()
var details := Details.new()
var problems := Problems.new()

var _follow: Follow
var _undo: EditorUndoRedoManager
# The text that the file had when it was read or written here.
var _saved := ""
# Was it said that another program has changed the file?
var _warned := false
var _data := {}


func _init(follow: Follow, undo: EditorUndoRedoManager) -> void:
	name = "Cutscene"
	_follow = follow
	_undo = undo
	add_child(toolbar)
	var split := HSplitContainer.new()
	split.size_flags_vertical = Control.SIZE_EXPAND_FILL
	var unit := EditorInterface.get_editor_scale()
	custom_minimum_size.y = 270 * unit
	shots.custom_minimum_size.x = 150 * unit
	shots.columns = 2
	shots.hide_root = true
	shots.set_column_custom_minimum_width(0, int(85 * unit))
	shots.set_column_expand(0, false)
	shots.set_column_clip_content(1, true)
	shots.item_selected.connect(func() -> void: show_shot(str(shots.get_selected().get_metadata(0))))
	split.add_child(shots)
	var right := HSplitContainer.new()
	var middle := VBoxContainer.new()
	middle.size_flags_horizontal = Control.SIZE_EXPAND_FILL
	var scroll := ScrollContainer.new()
	scroll.size_flags_vertical = Control.SIZE_EXPAND_FILL
	scroll.horizontal_scroll_mode = ScrollContainer.SCROLL_MODE_DISABLED
	scroll.add_child(timeline)
	middle.add_child(scroll)
	problems.found.connect(func() -> void: if cutscene: _show())
	problems.chosen.connect(_on_problem)
	middle.add_child(problems)
	right.add_child(middle)
	var side := ScrollContainer.new()
	side.custom_minimum_size.x = 180 * unit
	side.horizontal_scroll_mode = ScrollContainer.SCROLL_MODE_DISABLED
	details.size_flags_horizontal = Control.SIZE_EXPAND_FILL
	details.size_flags_vertical = Control.SIZE_EXPAND_FILL
	side.add_child(details)
	right.add_child(side)
	split.add_child(right)
	add_child(split)
	_follow.refused.connect(func(_code: String, message: String, hint: String) -> void: toolbar.say("%s %s" % [message, hint]))
	visibility_changed.connect(func() -> void: if not is_visible_in_tree(): _follow.close())
	_connect_timeline()
	_connect_details()
	_connect_toolbar()


## Edit another cutscene; null: none.
func edit(other: DreamCutscene) -> void:
	if other == cutscene:
		return
	if cutscene:
		cutscene.changed.disconnect(_on_document)
	_follow.leave()
	cutscene = other
	shot = ""
	timeline.selection = []
	if cutscene:
		cutscene.changed.connect(_on_document)
		_saved = cutscene.document
		_warned = false
		_on_document()


## Wait for the check, leave the stream.
func close() -> void:
	edit(null)
	problems.close()
	_follow.close()


func _notification(what: int) -> void:
	if what == NOTIFICATION_APPLICATION_FOCUS_IN:
		take_from_file()


## Another program may have changed the file: take its text, unless there are changes here that it does not have.
func take_from_file() -> void:
	if cutscene == null or is_unsaved() or not FileAccess.file_exists(cutscene.resource_path):
		return
	var text := FileAccess.get_file_as_string(cutscene.resource_path)
	if text != _saved:
		_saved = text
		cutscene.document = text


## Has the document changes that are not in its file?
func is_unsaved() -> bool:
	return cutscene != null and cutscene.document != _saved


func save() -> void:
	if cutscene == null or cutscene.resource_path == "":
		return
	if FileAccess.get_file_as_string(cutscene.resource_path) != _saved and not _warned:
		_warned = true
		toolbar.say("%s was changed by another program. Save again to overwrite it." % cutscene.resource_path)
		return
	_warned = false
	var file := FileAccess.open(cutscene.resource_path, FileAccess.WRITE)
	if file == null:
		toolbar.say("%s cannot be written: %s." % [cutscene.resource_path, error_string(FileAccess.get_open_error())])
		return
	file.store_string(cutscene.document)
	file.close()
	_saved = cutscene.document
	EditorInterface.get_resource_filesystem().update_file(cutscene.resource_path)
	_refresh_title()


func show_shot(named: String) -> void:
	if named != shot:
		shot = named
		timeline.selection = []
		timeline.playhead = 0.0
	_show()


## One step of undo: the document becomes [param text].
func apply(title: String, text: String) -> void:
	if text == cutscene.document:
		return
	_undo.create_action(title, UndoRedo.MERGE_DISABLE, cutscene)
	_undo.add_do_property(cutscene, &"document", text)
	_undo.add_undo_property(cutscene, &"document", cutscene.document)
	_undo.commit_action()


func data_of_shot() -> Dictionary:
	var all: Dictionary = _data["shots"] if _data.get("shots") is Dictionary else {}
	return all[shot] if all.get(shot) is Dictionary else {}


func _on_document() -> void:
	_data = cutscene.data()
	var all: Dictionary = _data["shots"] if _data.get("shots") is Dictionary else {}
	if not all.has(shot):
		shot = str(_data.get("start", ""))
		if not all.has(shot):
			shot = str(all.keys()[0]) if all else ""
	_fill_shots(all)
	_show()
	problems.check_soon(cutscene.document, _folder())
	changed.emit()


func _fill_shots(all: Dictionary) -> void:
	shots.clear()
	var root := shots.create_item()
	for named: String in all:
		var item := shots.create_item(root)
		item.set_text(0, named)
		item.set_metadata(0, named)
		item.set_text(1, Follows.summary(all[named] as Dictionary) if all[named] is Dictionary else "?")
		item.set_tooltip_text(1, item.get_text(1))
		if named == _data.get("start"):
			item.set_icon(0, get_theme_icon(&"PlayStart", &"EditorIcons"))
		if named == shot:
			item.select(0)


func _show() -> void:
	var content := data_of_shot()
	timeline.show_shot(content, problems.in_shot(shot))
	var spans: Spans = Spans.of(cutscene.document)
	if spans:
		details.show_selection(shot, content, timeline.selection, spans)
	_refresh_title()


func _refresh_title() -> void:
	var path := cutscene.resource_path
	toolbar.show_title((path.get_file() if path else "unsaved cutscene") + ("*" if is_unsaved() else ""), is_unsaved())
	if _data.is_empty():
		toolbar.say("The document is not JSON. Open it as a text.")


# Show where the problem is.
func _on_problem(path: Array) -> void:
	if path.size() >= 2 and path[0] == "shots":
		show_shot(str(path[1]))
		if path.size() >= 6 and path[2] == "lanes":
			timeline.selection = ["lanes", path[3], "keys", int(path[5] as float)]
			_show()


func _connect_timeline() -> void:
	timeline.selected.connect(func(_path: Array) -> void: _show())
	timeline.moved.connect(_on_moved)
	timeline.scrubbed.connect(func(at: float) -> void: if toolbar.follows(): _follow.show(cutscene, shot, at))
	timeline.key_wanted.connect(_add_key)
	timeline.removal_wanted.connect(_remove)
	timeline.shot_wanted.connect(show_shot)


func _connect_details() -> void:
	details.moved.connect(_on_moved)
	details.edited.connect(_on_edited)
	details.shot_renamed.connect(_rename_shot)
	details.mark_renamed.connect(_rename_mark)


func _connect_toolbar() -> void:
	toolbar.saved.connect(save)
	toolbar.played.connect(func() -> void: _follow.play(cutscene, shot, timeline.playhead))
	toolbar.paused.connect(_follow.pause)
	toolbar.removed.connect(func() -> void: if timeline.selection: _remove(timeline.selection))
	toolbar.lane_added.connect(func(lane: String) -> void: _add_key(lane, timeline.playhead))
	toolbar.mark_added.connect(_add_mark)
	toolbar.shot_added.connect(_add_shot)
	toolbar.shot_removed.connect(_remove_shot)
	toolbar.to_animation.connect(func(path: String) -> void: toolbar.say(Convert.save_animation(data_of_shot(), path)))
	toolbar.from_animation.connect(func(path: String) -> void: _from_animation(load(path) as Animation))


func _on_moved(path: Array, at: float) -> void:
	if path.size() == 4:
		apply("Move key", Edits.with_key_at(cutscene.document, shot, str(path[1]), path[3] as int, at))
	else:
		apply("Move %s" % ("mark" if path[0] == "marks" else "end"), Edits.with_value(cutscene.document, ["shots", shot] + path, at))


func _on_edited(path: Array, value: Variant) -> void:
	var whole: Array = ["shots", shot] + path
	# A value of null unsets a condition; no other field may be null.
	apply("Edit %s" % path[-1], Edits.without(cutscene.document, whole) if value == null and path[-1] != "value" else Edits.with_value(cutscene.document, whole, value))


func _add_key(lane: String, at: float) -> void:
	var schema: Dictionary = toolbar.schema.call() if toolbar.schema.is_valid() else {}
	apply("Add key", Edits.with_key(cutscene.document, shot, lane, at, Edits.value_for(data_of_shot(), lane, at, schema.get(lane, {}) as Dictionary)))


func _remove(path: Array) -> void:
	if path == ["length"]:
		return
	timeline.selection = []
	if path.size() == 4:
		apply("Remove key", Edits.without_key(cutscene.document, shot, str(path[1]), path[3] as int))
	else:
		apply("Remove mark", Edits.without(cutscene.document, ["shots", shot] + path))


func _add_mark() -> void:
	var named := Edits.free_name(data_of_shot().get("marks", {}) as Dictionary, "mark")
	apply("Add mark", Edits.with_mark(cutscene.document, shot, named, timeline.playhead))


func _rename_mark(mark: String, named: String) -> void:
	timeline.selection = []
	var spans: Spans = Spans.of(cutscene.document)
	apply("Rename mark", spans.renamed(["shots", shot, "marks", mark], named))


func _add_shot() -> void:
	var named := Edits.free_name(_data.get("shots", {}) as Dictionary, "shot")
	apply("Add shot", Edits.with_shot(cutscene.document, named))
	show_shot(named)


func _rename_shot(named: String) -> void:
	var before := shot
	shot = named
	apply("Rename shot", Edits.with_shot_named(cutscene.document, before, named))


func _remove_shot() -> void:
	apply("Remove shot", Edits.without(cutscene.document, ["shots", shot]))


func _from_animation(animation: Animation) -> void:
	if animation == null:
		toolbar.say("This is not an Animation.")
		return
	var left_out := PackedStringArray()
	apply("Shot from Animation", Convert.with_animation(cutscene.document, shot, animation, left_out))
	toolbar.say("Left out, because they key no condition: %s" % ", ".join(left_out) if left_out else "")


func _folder() -> String:
	return cutscene.resource_path.get_base_dir() if cutscene.resource_path else ""
