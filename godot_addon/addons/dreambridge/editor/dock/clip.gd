@tool
extends VBoxContainer
## "Save clip": records the stream that the dock shows, and bakes what was recorded as a film. The row is there only while it has something to tell.

const Oven := preload("clip_oven.gd")
const Program := preload("../../system/program.gd")
const OwnDaemon := preload("../../system/own_daemon.gd")
const POLL_S := 0.2

## Starts and ends the recording; its place is in the dock's head.
var button := Button.new()

## Frames recorded so far, or of the last recording.
var frames := 0
## Is a recording under way?
var is_recording := false

var _oven := Oven.new()
var _stream: DreamStream
# What is recorded, which need not be what the dock shows now.
var _recorded: DreamStream
var _recording: DreamRecording
var _reading := false
var _words := Label.new()
var _bar := ProgressBar.new()
var _cancel := Button.new()
var _row := HBoxContainer.new()
var _timer := Timer.new()
# The last recording.
var _take := ""
var _threads := 1


func _init() -> void:
	button.toggle_mode = true
	button.flat = true
	button.tooltip_text = "Record a clip of this stream; press again to end it and to save it as MP4, WebM, GIF or PNG pictures."
	button.toggled.connect(_on_toggled)
	_words.size_flags_horizontal = Control.SIZE_EXPAND_FILL
	_words.clip_text = true
	_words.mouse_filter = Control.MOUSE_FILTER_STOP
	_row.add_child(_words)
	_cancel.pressed.connect(cancel)
	_row.add_child(_cancel)
	add_child(_row)
	add_child(_bar)
	_bar.custom_minimum_size.y = 6
	_bar.show_percentage = false
	_timer.wait_time = POLL_S
	_timer.timeout.connect(_on_tick)
	add_child(_timer)
	_oven.ended.connect(_on_baked)
	_tell("")


func _notification(what: int) -> void:
	if what == NOTIFICATION_ENTER_TREE or (what == NOTIFICATION_THEME_CHANGED and is_inside_tree()):
		button.icon = get_theme_icon(&"MainMovieWrite", &"EditorIcons")
	elif what == NOTIFICATION_EXIT_TREE:
		_oven.cancel()


func show_stream(stream: DreamStream) -> void:
	_stream = stream
	refresh()


func refresh() -> void:
	button.disabled = _oven.is_baking or not is_recording and (not is_instance_valid(_stream) or not _stream.is_running() or _stream.frame_index < 0)
	button.set_pressed_no_signal(is_recording)


## In words: what the row tells now; "" if it is hidden. For tests.
func said() -> String:
	return _words.text if visible else ""


func record() -> void:
	if is_recording or not is_instance_valid(_stream):
		return
	_oven.cancel()
	_take = ""
	frames = 0
	is_recording = true
	_recorded = _stream
	_threads = int(_stream.info.get("threads", 1) as float)
	# With the pictures of the view: a replay has nobody who sends it.
	_recording = await _stream.record(_stream.frame_view > 0, false)
	if _recording == null:
		_end("")
		return
	_timer.start()
	_on_tick()
	refresh()


## End the recording. What was recorded is asked for, and then where to save it.
func stop() -> void:
	if _recording:
		_timer.stop()
		var recording := _recording
		_recording = null
		_end(await recording.stop(), recording.steps)


## Bake what was recorded last.
func save(path: String) -> void:
	var program := Program.find()
	if program == "":
		_tell("Choose a Python that has dreambridge in the section Daemon; it bakes the clip.")
	elif _take and _oven.bake(_take, ProjectSettings.globalize_path(path), _threads, OwnDaemon.with_program(program)):
		_bar.max_value = frames
		_timer.start()
		_on_tick()
	refresh()


## End what is under way, or put the message away.
func cancel() -> void:
	if _oven.is_baking:
		_oven.cancel()
	_timer.stop()
	_tell("")
	refresh()


func _on_toggled(on: bool) -> void:
	if on:
		record()
	else:
		stop()


func _on_tick() -> void:
	if _recording:
		_read()
	elif _oven.is_baking:
		_oven.poll()
		if _oven.is_baking:
			_bar.value = _oven.frames
			_tell("Baking: %d of %d frames" % [_oven.frames, frames], "Cancel", true)


# A few times a second: the daemon keeps only so much.
func _read() -> void:
	if not is_instance_valid(_recorded) or not _recorded.is_running():
		_recording = null
		_timer.stop()
		_end("")
		return
	if _reading:
		return
	_reading = true
	var recording := _recording
	await recording.read()
	_reading = false
	if recording == _recording:
		frames = _frames_of(recording.steps)
		_tell("Recording: %d frames" % frames)
		if not recording.recording:
			stop()


func _frames_of(steps: int) -> int:
	return steps * int(_recorded.info.get("frames_per_step", 1) as float) if is_instance_valid(_recorded) else steps


func _end(take: String, steps := 0) -> void:
	is_recording = false
	_take = take if steps > 0 else ""
	frames = _frames_of(steps)
	refresh()
	if _take == "":
		_tell("Nothing was recorded: the stream stopped, or the daemon refused it. The section Daemon says why.", "Close")
		return
	_tell("Recorded %d frames." % frames, "Close")
	if is_visible_in_tree():
		_ask()


func _on_baked(path: String, trouble: String) -> void:
	_timer.stop()
	_tell("Saved %s" % path if path else trouble, "Close")
	if path and path.begins_with(ProjectSettings.globalize_path("res://")):
		EditorInterface.get_resource_filesystem().scan()
	refresh()


func _tell(text: String, action := "", bar := false) -> void:
	_words.text = text
	_words.tooltip_text = text
	visible = text != ""
	_bar.visible = bar
	_cancel.text = action
	_cancel.visible = action != ""


func _ask() -> void:
	var dialog := EditorFileDialog.new()
	dialog.file_mode = EditorFileDialog.FILE_MODE_SAVE_FILE
	dialog.access = EditorFileDialog.ACCESS_FILESYSTEM
	dialog.title = "Save the clip"
	for filter: String in ["*.mp4;MP4", "*.webm;WebM", "*.gif;GIF", "*.png;A folder of PNG pictures"]:
		dialog.add_filter(filter.get_slice(";", 0), filter.get_slice(";", 1))
	dialog.current_file = "%s.mp4" % str(_stream.name).to_snake_case() if is_instance_valid(_stream) else "clip.mp4"
	dialog.file_selected.connect(save)
	dialog.visibility_changed.connect(func() -> void: if not dialog.visible: dialog.queue_free())
	add_child(dialog)
	dialog.popup_centered_ratio(0.6)
