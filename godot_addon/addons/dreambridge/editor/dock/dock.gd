@tool
extends VBoxContainer
## The dock "Dreambridge": the picture of the scene's stream while the scene is edited, and all that directs it. While it is hidden it
## has no callback, no timer and no connection. It changes the scene only where a button says so, with undo.

## The user wants to install the managed environment.
signal install_asked

const Preview := preload("../preview.gd")
const Section := preload("section.gd")
const Screen := preload("screen.gd")
const Transport := preload("transport.gd")
const Prompt := preload("prompt.gd")
const Conditions := preload("conditions.gd")
const Figures := preload("figures.gd")
const Senders := preload("senders.gd")
const DaemonBox := preload("daemon_box.gd")
const Clip := preload("clip.gd")
const PictureMenu := preload("picture_menu.gd")
const Advice := preload("advice.gd")
const REFRESH_S := 0.25

var screen := Screen.new()
var transport := Transport.new()
var prompt := Prompt.new()
var conditions := Conditions.new()
var figures := Figures.new()
var senders := Senders.new()
var daemon_box := DaemonBox.new()
var menu := PictureMenu.new()
var clip := Clip.new()

var _preview: Preview
var _undo: EditorUndoRedoManager
var _choice := OptionButton.new()
var _eye := Button.new()
var _state := Label.new()
var _timer := Timer.new()
var _stream: DreamStream
var _failure := ""
var _seen_at := 0
var _asking := false
var _ticks := 0
# The stream that the prompt box is for.
var _prompted := 0


func _init(preview: Preview, undo: EditorUndoRedoManager) -> void:
	name = "Dreambridge"
	_preview = preview
	_undo = undo
	var head := HBoxContainer.new()
	_choice.size_flags_horizontal = Control.SIZE_EXPAND_FILL
	_choice.clip_text = true
	_choice.tooltip_text = "The streams of the edited scene. Selecting a node in the scene chooses its stream."
	_choice.item_selected.connect(func(k: int) -> void: _preview.pick(instance_from_id(_choice.get_item_id(k)) as DreamStream))
	head.add_child(_choice)
	_eye.toggle_mode = true
	_eye.flat = true
	_eye.tooltip_text = "Show the streams in the scene itself while you edit it. This is your own setting: the scene file does not change."
	_eye.toggled.connect(_preview.set_eye)
	head.add_child(_eye)
	head.add_child(clip.button)
	head.add_child(menu)
	add_child(head)
	var split := VSplitContainer.new()
	split.size_flags_vertical = Control.SIZE_EXPAND_FILL
	var top := VBoxContainer.new()
	top.size_flags_vertical = Control.SIZE_EXPAND_FILL
	top.add_child(screen)
	top.add_child(transport)
	top.add_child(clip)
	split.add_child(top)
	_state.clip_text = true
	_state.mouse_filter = Control.MOUSE_FILTER_STOP
	var all := VBoxContainer.new()
	all.size_flags_horizontal = Control.SIZE_EXPAND_FILL
	all.add_child(prompt)
	all.add_child(_state)
	_add_section(all, "Conditions", conditions, true)
	_add_section(all, "Figures", figures, false)
	_add_section(all, "Senders", senders, false)
	_add_section(all, "Daemon", daemon_box, false)
	var scroll := ScrollContainer.new()
	scroll.size_flags_vertical = Control.SIZE_EXPAND_FILL
	scroll.horizontal_scroll_mode = ScrollContainer.SCROLL_MODE_DISABLED
	scroll.add_child(all)
	split.add_child(scroll)
	add_child(split)
	add_child(_timer)
	_timer.wait_time = REFRESH_S
	_timer.timeout.connect(refresh)
	screen.pressed.connect(act)
	transport.play_toggled.connect(_on_play)
	prompt.prompted.connect(func(condition: String, text: String) -> void: conditions.direct(condition, text, -1.0))
	conditions.kept.connect(_keep)
	menu.poster_chosen.connect(_set_poster)
	menu.paints_switched.connect(_preview.set_paints)
	daemon_box.switched.connect(_preview.update)
	daemon_box.install_asked.connect(install_asked.emit)
	_preview.changed.connect(_on_changed)
	visibility_changed.connect(_on_visibility)


func _notification(what: int) -> void:
	if what == NOTIFICATION_ENTER_TREE or (what == NOTIFICATION_THEME_CHANGED and is_inside_tree()):
		_set_eye_icon()
	if what == NOTIFICATION_READY:
		_on_visibility()


## Leave the stream; the dock is about to go.
func close() -> void:
	_watch(null)


## What the button in the picture's place does.
func act(action: StringName) -> void:
	match action:
		&"add":
			_add_stream()
		&"install":
			install_asked.emit()
		&"play":
			_on_play(true)
		&"again":
			_failure = ""
			_stream.stop()
			_stream.start()


func refresh() -> void:
	var runs := is_instance_valid(_stream) and _stream.is_running()
	daemon_box.daemon = _stream.daemon if is_instance_valid(_stream) else "default"
	var own := daemon_box.own_name() != ""
	var said := Advice.of(EditorInterface.get_edited_scene_root(), _stream, own, _failure)
	screen.say(str(said[0]), str(said[1]), said[2] as StringName, runs and _stream.frame_index >= 0)
	transport.refresh()
	_state.text = _words_of_state() if runs else ""
	_state.visible = runs
	_state.tooltip_text = _state.text
	conditions.refresh()
	prompt.set_schema(_stream.schema if runs else {})
	menu.show_stream(_stream if runs else null, screen_texture())
	clip.show_stream(_stream)
	if figures.is_visible_in_tree():
		figures.refresh(_stream, _seen_at, conditions.latency_ms())
		_ask_stats()
	if senders.is_visible_in_tree():
		senders.refresh()
	if daemon_box.is_visible_in_tree():
		daemon_box.refresh()


func screen_texture() -> Texture2D:
	return _preview.picture_of(_stream) if is_instance_valid(_stream) and _stream.is_running() else null


func _words_of_state() -> String:
	var session := _stream._session
	var words := session.state_name
	if session.current_fps > 0.0 and words in ["playing", "slowed"]:
		words += "  %.0f fps  %.1f ms" % [session.current_fps, _stream.step_ms]
	words += "  (%s)" % session.reason if session.reason else ""
	return words if _stream._trouble == "" else "%s  %s" % [words, _stream._trouble.replace("\n", " ")]


func _on_visibility() -> void:
	var seen := is_node_ready() and is_visible_in_tree()
	_preview.watched = seen
	if seen:
		_timer.start()
		_on_changed()
	else:
		_timer.stop()
		_watch(null)


func _on_changed() -> void:
	if not is_visible_in_tree():
		return
	_watch(_preview.picked if is_instance_valid(_preview.picked) else null)
	_choice.clear()
	for stream in _preview.streams():
		_choice.add_item(stream.name)
		_choice.set_item_id(_choice.item_count - 1, stream.get_instance_id())
		if stream == _stream:
			_choice.select(_choice.item_count - 1)
	_choice.disabled = _choice.item_count == 0
	if _choice.item_count == 0:
		_choice.add_item("No DreamStream")
	_eye.disabled = _choice.disabled
	_eye.set_pressed_no_signal(_preview.eye)
	_set_eye_icon()
	transport.show_stream(_stream)
	conditions.show_stream(_stream)
	senders.show_stream(_stream, _preview.nodes())
	screen.show_picture(screen_texture())
	refresh()


func _watch(stream: DreamStream) -> void:
	if stream == _stream and is_instance_valid(_stream):
		return
	if is_instance_valid(_stream):
		_stream.failed.disconnect(_on_failed)
		_stream.state_changed.disconnect(_on_state)
		_stream.frame_ready.disconnect(_on_frame)
	_stream = stream
	_failure = ""
	_seen_at = 0
	if stream:
		if stream.get_instance_id() != _prompted:
			prompt.line.clear()  # what was written there was for another stream
			_prompted = stream.get_instance_id()
		stream.failed.connect(_on_failed)
		stream.state_changed.connect(_on_state)
		stream.frame_ready.connect(_on_frame)


func _on_failed(code: String, message: String, hint: String) -> void:
	_failure = "%s %s" % [message, hint]
	daemon_box.tell("%s: %s %s" % [code, message, hint])
	refresh()


func _on_state(state: DreamStream.State, reason: String) -> void:
	if state == DreamStream.State.PLAYING:
		_failure = ""
	daemon_box.tell("%s %s" % [_stream.state_name, reason])
	screen.show_picture(screen_texture())
	refresh()


func _on_frame(_index: int, _revision: int) -> void:
	var first := _seen_at == 0
	_seen_at = Time.get_ticks_msec()
	if first:
		refresh()


func _on_play(on: bool) -> void:
	if not on and _preview.eye:
		_preview.set_eye(false)
	_preview.playing = on


## Once a second.
func _ask_stats() -> void:
	_ticks += 1
	if _asking or _ticks % 4 or not is_instance_valid(_stream) or _stream.info.is_empty():
		return
	_asking = true
	var got := await _stream.stats()
	_asking = false
	figures.take(got)


func _keep(values: Dictionary) -> void:
	var whole := _stream.conditions.duplicate()
	for condition: String in values:
		if values[condition] == null:
			whole.erase(condition)
		else:
			whole[condition] = values[condition]
	_undo.create_action("Keep conditions of %s" % _stream.name, UndoRedo.MERGE_DISABLE, _stream)
	_undo.add_do_property(_stream, &"conditions", whole)
	_undo.add_undo_property(_stream, &"conditions", _stream.conditions.duplicate())
	_undo.add_do_method(_stream, &"remember")
	_undo.commit_action()
	conditions.forget_trial()


func _set_poster(path: String) -> void:
	var files := EditorInterface.get_resource_filesystem()
	files.update_file(path)
	files.reimport_files([path])
	var poster: Texture2D = load(path)
	_undo.create_action("Set the poster of %s" % _stream.name, UndoRedo.MERGE_DISABLE, _stream)
	_undo.add_do_property(_stream, &"poster", poster)
	_undo.add_undo_property(_stream, &"poster", _stream.poster)
	_undo.commit_action()


func _add_stream() -> void:
	var scene := EditorInterface.get_edited_scene_root()
	var made := DreamStream.new()
	made.name = "DreamStream"
	made.texture = DreamTexture.new()
	_undo.create_action("Add a DreamStream", UndoRedo.MERGE_DISABLE, scene)
	_undo.add_do_method(scene, &"add_child", made, true)
	_undo.add_do_property(made, &"owner", scene)
	_undo.add_do_reference(made)
	_undo.add_undo_method(scene, &"remove_child", made)
	_undo.commit_action()
	EditorInterface.get_selection().clear()
	EditorInterface.get_selection().add_node(made)


func _add_section(into: VBoxContainer, title: String, content: Control, open: bool) -> void:
	var section := Section.new(title, open)
	section.body.add_child(content)
	section.folded.connect(refresh)
	into.add_child(section)


func _set_eye_icon() -> void:
	_eye.icon = get_theme_icon(&"GuiVisibilityVisible" if _eye.button_pressed else &"GuiVisibilityHidden", &"EditorIcons")
