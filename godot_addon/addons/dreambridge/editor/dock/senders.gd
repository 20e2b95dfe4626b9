@tool
extends VBoxContainer
## "Is my input arriving?": a row for each node that sends to the stream, with what it sent last.

const Thumbnail := preload("sender_thumbnail.gd")
const HEIGHT := 48.0

var _stream: DreamStream
var _rows := {}
var _none := Label.new()


func _init() -> void:
	_none.text = "No node sends to this stream. A DreamView sends the scene itself; DreamAudio sends sound."
	_none.autowrap_mode = TextServer.AUTOWRAP_WORD_SMART
	_none.modulate.a = 0.7
	add_child(_none)


## Make the rows for those of [param nodes] that send to [param stream].
func show_stream(stream: DreamStream, nodes: Array[Node]) -> void:
	_stream = stream
	for row: Node in _rows.values():
		row.queue_free()
	_rows.clear()
	for node in nodes:
		if is_instance_valid(stream) and node.get(&"stream") == stream and not node is DreamCutscenePlayer:
			_rows[node] = _make(node)
	_none.visible = _rows.is_empty()
	refresh()


func refresh() -> void:
	for node: Variant in _rows:
		var row: HBoxContainer = _rows[node]
		if is_instance_valid(node):
			(row.get_child(1) as Label).text = "%s: %s" % [(node as Node).name, what_arrives(node as Node)]
			thumbnail(node as Node).take(node as Node)
			thumbnail(node as Node).visible = thumbnail(node as Node).shows() != ""


## In words: does the input of that node arrive?
func what_arrives(node: Node) -> String:
	if not is_instance_valid(_stream) or not _stream.is_running():
		return "the stream does not run"
	var view := node as DreamView
	if view:
		if not view.enabled:
			return "off (enabled is false)"
		if not view.is_previewed():
			return "open the eye to send the edited scene"
		if view.number == 0:
			return "nothing has been sent yet"
		var taken := _stream.frame_view
		return "picture %d sent, %s" % [view.number, "the frame is painted over %d" % taken if taken else "none is painted over yet"]
	if node.has_method(&"last_sent"):
		return str(node.call(&"last_sent"))
	return "sends while the game runs"


func thumbnail(node: Node) -> Thumbnail:
	return (_rows[node] as HBoxContainer).get_child(0)


func count() -> int:
	return _rows.size()


func _make(node: Node) -> HBoxContainer:
	var row := HBoxContainer.new()
	var made := Thumbnail.new()
	made.custom_minimum_size = Vector2(HEIGHT, HEIGHT) * EditorInterface.get_editor_scale()
	row.add_child(made)
	var words := Label.new()
	words.autowrap_mode = TextServer.AUTOWRAP_WORD_SMART
	words.size_flags_horizontal = Control.SIZE_EXPAND_FILL
	row.add_child(words)
	row.tooltip_text = str(node.get_path())
	add_child(row)
	return row
