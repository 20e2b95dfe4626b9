@tool
extends VBoxContainer
## In the inspector of a [DreamView]: shows what of the scene has no label, with the label that its names suggest, and gives all of them theirs
## with one click and with undo.

const LabelNames := preload("label_names.gd")
const Unlabelled := preload("unlabelled.gd")
const Known := preload("../../conditions/known.gd")
const NO_LABEL := "(no label)"
const ROWS := 8

var _view: DreamView
var _undo: EditorUndoRedoManager
var _check := Button.new()
var _told := Label.new()
var _list := Tree.new()
var _apply := Button.new()
var _palette: Dictionary


func _init(view: DreamView, undo: EditorUndoRedoManager) -> void:
	_view = view
	_undo = undo
	_check.text = "Check labels"
	_check.tooltip_text = "Show what of the scene has no label. It is left out of the view, or gets the label of the property unlabelled."
	_check.pressed.connect(check)
	_told.autowrap_mode = TextServer.AUTOWRAP_WORD_SMART
	_list.columns = 2
	_list.hide_root = true
	_list.custom_minimum_size.y = 28 * ROWS * EditorInterface.get_editor_scale()
	_list.tooltip_text = "Double-click a node to select it in the scene."
	_list.item_activated.connect(_on_activated)
	_list.item_edited.connect(_show_count)
	_apply.pressed.connect(apply)
	for part: Control in [_check, _told, _list, _apply]:
		add_child(part)
		part.visible = part == _check


## Look through the scene. Returns each node without a label, with the label that its names suggest ("": none).
func check() -> Dictionary:
	_palette = palette()
	var suggested := {}
	_list.clear()
	var top := _list.create_item()
	if _palette.is_empty():
		_tell("The labels of %s are not known: play the stream once." % (_view.stream.bundle if _view.stream else "the bundle"))
		return suggested
	var found := Unlabelled.find(_view._top(), _palette, _view.space == 2 or (_view.space == 0 and _view._is_3d()))
	var options := PackedStringArray([NO_LABEL])
	options.append_array(PackedStringArray(_palette.keys()))
	options.append(DreamView.Labels.NONE)
	for node: Node in found:
		suggested[node] = LabelNames.guess(found[node] as PackedStringArray, PackedStringArray(_palette.keys()))
		var row := _list.create_item(top)
		row.set_text(0, str(_view._top().get_path_to(node)))
		row.set_metadata(0, node.get_instance_id())
		row.set_cell_mode(1, TreeItem.CELL_MODE_RANGE)
		row.set_text(1, ",".join(options))
		row.set_range(1, maxi(0, options.find(str(suggested[node]))))
		row.set_editable(1, true)
	_tell("Each node has a label." if found.is_empty() else "%d without a label. Labels are suggested by the names of node, mesh and material." % found.size())
	_list.visible = not found.is_empty()
	_apply.visible = _list.visible
	_show_count()
	return suggested


## Label the nodes of the list as it says. Returns how many.
func apply() -> int:
	var chosen := _chosen()
	if chosen.is_empty():
		return 0
	_undo.create_action(_title(chosen.size()), UndoRedo.MERGE_DISABLE, _view)
	for node: Node in chosen:
		_undo.add_do_method(node, &"set_meta", DreamView.Labels.META, chosen[node])
		_undo.add_undo_method(node, &"remove_meta", DreamView.Labels.META)
	_undo.add_do_method(_view, &"relabel")
	_undo.add_undo_method(_view, &"relabel")
	_undo.commit_action()
	check()
	return chosen.size()


## The labels of the stream's bundle, as it runs or as a daemon has told last.
func palette() -> Dictionary:
	if not is_instance_valid(_view.stream):
		return {}
	var known: Variant = _view.stream.info.get("view")
	if known == null:
		known = (Known.bundles.get(_view.stream.bundle, {}) as Dictionary).get("view")
	return known["palette"] if known is Dictionary else {}


func _chosen() -> Dictionary:
	var chosen := {}
	for row in _list.get_root().get_children() if _list.get_root() else []:
		var label := row.get_text(1).get_slice(",", int(row.get_range(1)))
		var node := instance_from_id(row.get_metadata(0) as int) as Node
		if label != NO_LABEL and node:
			chosen[node] = label
	return chosen


func _show_count() -> void:
	_apply.text = _title(_chosen().size())
	_apply.disabled = _chosen().is_empty()


static func _title(count: int) -> String:
	return "Label 1 node" if count == 1 else "Label %d nodes" % count


func _tell(what: String) -> void:
	_told.text = what
	_told.show()


func _on_activated() -> void:
	var node := instance_from_id(_list.get_selected().get_metadata(0) as int) as Node
	if node:
		EditorInterface.get_selection().clear()
		EditorInterface.get_selection().add_node(node)
