@tool
extends VBoxContainer
## The inspector's button of a [DreamLook]: shows it in the streams of the edited scene that are previewed.

var _look: DreamLook
var _told := Label.new()


func _init(look: DreamLook) -> void:
	_look = look
	var button := Button.new()
	button.text = "Apply"
	button.tooltip_text = "Show this look in the streams of the edited scene that are previewed."
	button.pressed.connect(apply)
	_told.autowrap_mode = TextServer.AUTOWRAP_WORD_SMART
	_told.hide()
	add_child(button)
	add_child(_told)


## Apply the look to each stream that runs. Returns their number.
func apply() -> int:
	var applied := 0
	for stream in streams(EditorInterface.get_edited_scene_root()):
		if stream.is_running() and stream.bundle == _look.bundle:
			stream.apply(_look)
			applied += 1
	_told.text = "" if applied else "No stream of this scene with the bundle %s is previewed. Press play in the dock Dreambridge, or switch on its eye." % _look.bundle
	_told.visible = applied == 0
	return applied


## The streams in the scene of [param node].
static func streams(node: Node) -> Array[DreamStream]:
	var found: Array[DreamStream] = []
	if node is DreamStream:
		found.append(node)
	for child in node.get_children() if node else []:
		found.append_array(streams(child))
	return found
