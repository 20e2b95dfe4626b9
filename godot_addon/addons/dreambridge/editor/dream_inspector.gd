@tool
extends EditorInspectorPlugin
## When a [DreamStream] or [DreamConditions] is selected, asks the daemon for its bundles, so that the inspector lists their conditions, and has
## tooltips for them. A [DreamView] gets the check of its labels.

const Query := preload("../session/bundle_query.gd")
const Known := preload("../conditions/known.gd")
const ApplyButton := preload("apply_button.gd")
const LabelCheck := preload("labels/label_check.gd")
const ConditionTips := preload("condition_tips.gd")
const REST_MS := 3000
const SECTION := "dreambridge"
const KEY := "bundles"

var undo: EditorUndoRedoManager

var _asked := -REST_MS
var _asking := false
# What was selected last.
var _selected := 0


func _init() -> void:
	var kept: Variant = EditorInterface.get_editor_settings().get_project_metadata(SECTION, KEY, {})
	if kept is Dictionary and Known.bundles.is_empty():
		Known.bundles = kept


func _can_handle(object: Object) -> bool:
	return object is DreamStream or object is DreamConditions or object is DreamView


func _parse_begin(object: Object) -> void:
	if object is DreamLook:
		add_custom_control(ApplyButton.new(object as DreamLook))
	if object is DreamView:
		add_custom_control(LabelCheck.new(object as DreamView, undo))
	else:
		var schema: Dictionary = object.call(&"_known" if object is DreamStream else &"schema")
		if schema:
			add_custom_control(ConditionTips.new(object, schema))
	# A view has the labels of its stream's bundle.
	var asks: Object = (object as DreamView).stream if object is DreamView else object
	if asks:
		_selected = asks.get_instance_id()
	if asks and not _asking:
		_asking = true
		_ask.call_deferred()


## The inspector is built again and again: the daemon is asked once in a while, for what is selected then.
func _ask() -> void:
	var tree := EditorInterface.get_base_control().get_tree()
	var rest := REST_MS - (Time.get_ticks_msec() - _asked)
	if rest > 0:
		await tree.create_timer(rest / 1000.0).timeout
	_asking = false
	_asked = Time.get_ticks_msec()
	var object := instance_from_id(_selected)
	if object == null:
		return
	var daemon: String = object.get(&"daemon") if object is DreamStream else "default"
	var listed := await Query.ask(daemon, tree)
	if listed.is_empty():
		_asked = -REST_MS  # nobody has answered: ask again when it is selected again
		return
	var before := Known.bundles.duplicate()
	Known.take(listed)
	if before != Known.bundles:
		EditorInterface.get_editor_settings().set_project_metadata(SECTION, KEY, Known.bundles)
	if is_instance_valid(object):
		# To look at a stream does not change its scene.
		if object is DreamConditions or not (object.get(&"known_schema") as Dictionary).is_empty():
			object.call(&"remember")
		if before != Known.bundles:
			object.notify_property_list_changed()
