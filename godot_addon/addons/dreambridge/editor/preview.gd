@tool
extends RefCounted
## Which streams run while a scene is edited: the one that the dock plays, and all of a scene whose eye is open. Starts and stops the
## scene's own nodes, writes nothing into the scene, and has no work between two events.

## The picked stream, the eye or what plays changed.
signal changed
## What lies over the editor's viewports changed.
signal painted

const Settings := preload("settings.gd")

## The stream that the dock shows; null: the scene has none.
var picked: DreamStream
## Is the dock visible?
var watched := false:
	set(value):
		if value != watched:
			watched = value
			if value:
				EditorInterface.get_selection().selection_changed.connect(_on_selected)
				_pick()
			else:
				EditorInterface.get_selection().selection_changed.disconnect(_on_selected)
			update()
## Has the user pressed play in the dock?
var playing := false:
	set(value):
		playing = value
		update()
## Does the cutscene editor show the picked stream?
var followed := false:
	set(value):
		if value != followed:
			followed = value
			_pick()
			update()
## Does the edited scene itself show its streams?
var eye: bool:
	get:
		return _scene() != null and (Settings.is_previewed(_scene().scene_file_path) if _scene().scene_file_path else _unsaved_eye)
## The dock's own texture, for a stream that the scene does not show.
var texture := DreamTexture.new()

# Of a scene that was never saved, and has no path.
var _unsaved_eye := false
var _paints := Settings.is_open("paint", true)
# Several nodes may change in one tick.
var _asked := false
var _started: Array[DreamStream] = []
var _views: Array[DreamView] = []


func open() -> void:
	update.call_deferred()


## Stop all that was started here.
func close() -> void:
	watched = false
	followed = false
	playing = false
	for stream in _living():
		_stop(stream)
	_started.clear()
	_leave_views()
	_listen(false)
	picked = null


func set_eye(on: bool) -> void:
	var scene := _scene()
	if scene == null:
		return
	if scene.scene_file_path:
		Settings.set_previewed(scene.scene_file_path, on)
	else:
		_unsaved_eye = on
	update()


## Lay the picture over the viewports, or not.
func set_paints(on: bool) -> void:
	_paints = on
	Settings.set_open("paint", on)
	painted.emit()


func pick(stream: DreamStream) -> void:
	picked = stream
	update()


## The streams of the edited scene, in the order of its tree.
func streams() -> Array[DreamStream]:
	var found: Array[DreamStream] = []
	for node in nodes():
		if node is DreamStream:
			found.append(node as DreamStream)
	return found


## The nodes of the edited scene.
func nodes() -> Array[Node]:
	var found: Array[Node] = []
	if _scene():
		_collect(_scene(), found)
	return found


## Another scene is edited, or its nodes changed.
func scene_changed() -> void:
	_pick()
	update()


## Start and stop what shall run now.
func update() -> void:
	_listen(watched or followed or eye)
	var wanted: Array[DreamStream] = []
	if eye:
		wanted = streams()
	elif (followed or watched and playing) and is_instance_valid(picked):
		wanted = [picked]
	for stream in _living():
		if not stream in wanted:
			_stop(stream)
	_started = wanted
	for stream in wanted:
		_start(stream)
	_leave_views()
	if eye:
		for node in nodes():
			if node is DreamView:
				_views.append(node as DreamView)
				(node as DreamView).set_previewed(true, _camera)
				var stream := (node as DreamView).stream
				if is_instance_valid(stream) and not stream.frame_ready.is_connected(_on_painted):
					stream.frame_ready.connect(_on_painted)
	changed.emit()


## The texture in which the picture of [param stream] is.
func picture_of(stream: DreamStream) -> Texture2D:
	return stream.texture if stream.shown_in == null else stream.shown_in


## The picture that lies over the editor's viewports: of a stream that paints over the edited scene. Null: there is none.
func painting() -> Texture2D:
	if not _paints:
		return null
	for view in _views:
		if is_instance_valid(view) and view.enabled and is_instance_valid(view.stream) and view.stream.frame_view > 0:
			return picture_of(view.stream)
	return null


func _start(stream: DreamStream) -> void:
	# A node without a texture must not get one: it would be saved.
	var into := texture if not eye or stream.texture == null else null
	if stream.shown_in != into:
		if stream.texture and into:
			_restore(stream)
		stream.shown_in = into
	if not stream.is_running():
		stream.start()


func _stop(stream: DreamStream) -> void:
	stream.stop()
	if stream.shown_in == null:
		_restore(stream)
	stream.shown_in = null


## What the scene showed before.
func _restore(stream: DreamStream) -> void:
	if stream.texture:
		stream.texture.show_still(stream.poster)
		if stream.poster == null:
			stream.texture.show_nothing()


func _leave_views() -> void:
	for view in _views:
		if is_instance_valid(view):
			view.set_previewed(false)
			if is_instance_valid(view.stream) and view.stream.frame_ready.is_connected(_on_painted):
				view.stream.frame_ready.disconnect(_on_painted)
	if _views:
		_views.clear()
		painted.emit()


func _on_painted(_index: int, _revision: int) -> void:
	painted.emit()


func _living() -> Array[DreamStream]:
	var there: Array[DreamStream] = []
	for stream: Variant in _started:
		if is_instance_valid(stream):
			there.append(stream)
	return there


func _on_selected() -> void:
	var before := picked
	_pick()
	if picked != before:
		update()


## The selected stream, or the stream of the selected node, or the one that was shown, or the first.
func _pick() -> void:
	var all := streams()
	for node in EditorInterface.get_selection().get_selected_nodes():
		var stream: Variant = node if node is DreamStream else node.get(&"stream")
		if stream is DreamStream and stream in all:
			picked = stream
			return
	if not is_instance_valid(picked) or not picked in all:
		picked = all[0] if all else null


static func _camera() -> Camera3D:
	return EditorInterface.get_editor_viewport_3d(0).get_camera_3d()


# A stream, a view or another sender may be added, removed, or come back by Undo.
func _listen(on: bool) -> void:
	var tree := EditorInterface.get_base_control().get_tree()
	if on == tree.node_added.is_connected(_on_node):
		return
	for happened: Signal in [tree.node_added, tree.node_removed, tree.node_renamed]:
		if on:
			happened.connect(_on_node)
		else:
			happened.disconnect(_on_node)


func _on_node(node: Node) -> void:
	if (node is DreamStream or node is DreamView or node.has_method(&"last_sent")) and not _asked:
		_asked = true
		_look_again.call_deferred()


func _look_again() -> void:
	_asked = false
	scene_changed()


func _scene() -> Node:
	return EditorInterface.get_edited_scene_root()


func _collect(node: Node, into: Array[Node]) -> void:
	into.append(node)
	for child in node.get_children():
		_collect(child, into)
