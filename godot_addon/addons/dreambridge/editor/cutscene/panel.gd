@tool
extends VBoxContainer
## The cutscene editor: shots on the left, the timeline of one or the graph of all, its details. Edits a [DreamCutscene] with undo, saves it as the same text
## with only the changed values replaced, and lets the preview follow the playhead.

## The document changed or was saved.
signal changed

const Spans := preload("json_spans.gd")
const ShotEdits := preload("shot_edits.gd")
const Follows := preload("follows.gd")
const Timeline := preload("timeline.gd")
const Details := preload("details.gd")
const Problems := preload("problems.gd")
const Follow := preload("follow.gd")
const Toolbar := preload("toolbar.gd")
const Convert := preload("convert.gd")
const Graph := preload("shot_graph.gd")

var cutscene: DreamCutscene
var shot := ""
var toolbar := Toolbar.new()
var shots := Tree.new()
var timeline := Timeline.new()
var graph := Graph.new()
var details := Details.new()
var problems := Problems.new()
## What the user does to the document.
var edits := ShotEdits.new(self)

var _follow: Follow
var _undo: EditorUndoRedoManager
# The text that the file had when it was read or written here.
var _saved := ""
# Was it said that another program has changed the file?
var _warned := false
var _data := {}
var _scroll := ScrollContainer.new()


func _init(follow: Follow, undo: EditorUndoRedoManager) -> void:
	name = "Cutscene"
	_follow = follow
	_undo = undo
	add_child(toolbar)
	_lay_out()
	_follow.refused.connect(func(_code: String, message: String, hint: String) -> void: toolbar.say("%s %s" % [message, hint]))
	visibility_changed.connect(func() -> void: if not is_visible_in_tree(): _follow.close())
	_connect_timeline()
	_connect_details()
	_connect_toolbar()


func _lay_out() -> void:
	var split := HSplitContainer.new()
	split.size_flags_vertical = Control.SIZE_EXPAND_FILL
	var unit := EditorInterface.get_editor_scale()
	custom_minimum_size.y = 270 * unit
	shots.custom_minimum_size.x = 150 * unit
	# A fifth of a wide panel: what follows a shot stands in its second column.
	shots.size_flags_horizontal = Control.SIZE_EXPAND_FILL
	shots.size_flags_stretch_ratio = 0.25
	shots.columns = 2
	shots.hide_root = true
	shots.set_column_custom_minimum_width(0, int(85 * unit))
	shots.set_column_expand(0, false)
	shots.set_column_clip_content(1, true)
	shots.item_selected.connect(func() -> void: show_shot(str(shots.get_selected().get_metadata(0))))
	split.add_child(shots)
	var right := HSplitContainer.new()
	right.size_flags_horizontal = Control.SIZE_EXPAND_FILL
	var middle := VBoxContainer.new()
	middle.size_flags_horizontal = Control.SIZE_EXPAND_FILL
	_scroll.size_flags_vertical = Control.SIZE_EXPAND_FILL
	_scroll.horizontal_scroll_mode = ScrollContainer.SCROLL_MODE_DISABLED
	_scroll.add_child(timeline)
	middle.add_child(_scroll)
	graph.hide()
	middle.add_child(graph)
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
	timeline.time_scale.fit()
	graph.forget()
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
		timeline.time_scale.fit()
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
	problems.check_soon(cutscene.document)
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
		details.show_selection(shot, content, timeline.chosen, spans)
	if graph.visible:
		graph.show_shots(_data, shot, problems)
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
	timeline.selected.connect(_show)
	timeline.moved.connect(edits.move)
	timeline.shifted.connect(edits.shift)
	timeline.scrubbed.connect(func(at: float) -> void: if toolbar.follows(): _follow.show(cutscene, shot, at))
	timeline.key_wanted.connect(edits.add_key)
	timeline.removal_wanted.connect(edits.remove)
	timeline.shot_wanted.connect(show_shot)
	graph.shot_wanted.connect(show_shot)
	graph.way_wanted.connect(edits.lead)


func _connect_details() -> void:
	details.moved.connect(edits.move)
	details.edited.connect(edits.edit)
	details.edited_all.connect(edits.edit_all)
	details.shifted.connect(edits.shift)
	details.shot_renamed.connect(edits.rename_shot)
	details.mark_renamed.connect(edits.rename_mark)


func _connect_toolbar() -> void:
	toolbar.saved.connect(save)
	toolbar.played.connect(func() -> void: _follow.play(cutscene, shot, timeline.playhead))
	toolbar.paused.connect(_follow.pause)
	toolbar.removed.connect(func() -> void: edits.remove(timeline.chosen))
	toolbar.lane_added.connect(func(lane: String) -> void: edits.add_key(lane, timeline.playhead))
	toolbar.mark_added.connect(edits.add_mark)
	toolbar.shot_added.connect(edits.add_shot)
	toolbar.shot_removed.connect(edits.remove_shot)
	toolbar.graph_toggled.connect(show_graph)
	toolbar.to_animation.connect(func(path: String) -> void: toolbar.say(Convert.save_animation(data_of_shot(), path)))
	toolbar.from_animation.connect(func(path: String) -> void: edits.from_animation(load(path) as Animation))


## The graph of all shots in the place of the timeline, or the timeline again.
func show_graph(on: bool) -> void:
	graph.visible = on
	_scroll.visible = not on
	# The graph lists them too, and needs the room.
	shots.visible = not on
	if cutscene:
		_show()
	if on:
		graph.see_all.call_deferred()
