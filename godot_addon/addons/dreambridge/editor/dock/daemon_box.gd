@tool
extends VBoxContainer
## The daemon: who runs it, start and stop, the Python that starts it, its log.

## The daemon was started or stopped here.
signal switched
## The user wants to install the managed environment.
signal install_asked

const Settings := preload("../settings.gd")
const Program := preload("../../system/program.gd")
const OwnDaemon := preload("../../system/own_daemon.gd")
const ConnectionFile := preload("../../system/connection_file.gd")
const Terminal := preload("../../system/terminal.gd")
const Managed := preload("../../system/managed.gd")
const Question := preload("../../system/question.gd")
const Words := preload("../environment/words.gd")
const MAX_LOG := 12000

## Name of the daemon that the picked stream asks for.
var daemon := "default"

var _who := Label.new()
var _switch := Button.new()
var _check := Button.new()
var _install := Button.new()
var _path := LineEdit.new()
var _browse := Button.new()
var _log := TextEdit.new()
var _events := PackedStringArray()
var _question := Question.new()


func _init() -> void:
	_who.autowrap_mode = TextServer.AUTOWRAP_WORD_SMART
	add_child(_who)
	var buttons := HFlowContainer.new()
	_switch.pressed.connect(_on_switch)
	buttons.add_child(_switch)
	_check.text = "Check"
	_check.tooltip_text = "Run dreambridge doctor with this Python, and show below what it says."
	_check.pressed.connect(check)
	buttons.add_child(_check)
	_install.text = "Install …"
	_install.tooltip_text = "Open Project Settings > Dreambridge, which installs or repairs a Python environment with Dreambridge."
	_install.pressed.connect(install_asked.emit)
	buttons.add_child(_install)
	add_child(buttons)
	var row := HBoxContainer.new()
	_path.placeholder_text = "Python with dreambridge"
	_path.tooltip_text = "For this user only (Editor Settings > Dreambridge). Project Settings > Dreambridge holds for all; a scene never holds it."
	_path.size_flags_horizontal = Control.SIZE_EXPAND_FILL
	_path.text_submitted.connect(_on_path)
	_path.focus_exited.connect(func() -> void: _on_path(_path.text))
	row.add_child(_path)
	_browse.tooltip_text = "Choose the Python that has dreambridge."
	_browse.pressed.connect(browse)
	row.add_child(_browse)
	add_child(row)
	_log.editable = false
	_log.wrap_mode = TextEdit.LINE_WRAPPING_BOUNDARY
	add_child(_log)


func _notification(what: int) -> void:
	if what == NOTIFICATION_ENTER_TREE or (what == NOTIFICATION_THEME_CHANGED and is_inside_tree()):
		_browse.icon = get_theme_icon(&"Folder", &"EditorIcons")
		_log.custom_minimum_size.y = 110 * EditorInterface.get_editor_scale()
	elif what == NOTIFICATION_EXIT_TREE:
		_question.cancel()


func refresh() -> void:
	if not _path.has_focus():
		_path.text = Settings.own_python()
		_path.placeholder_text = Words.instead(str(ProjectSettings.get_setting(Program.SETTING, "")), Managed.python())
	var own := own_name()
	_switch.text = "Stop daemon" if own else "Start daemon"
	_switch.disabled = not own and (Program.find() == "" or not ConnectionFile.read(daemon).is_empty())
	_look_for_answer()
	_check.disabled = Program.find() == "" or not _question.answered
	_who.text = state()
	_show_log(own)


## The name of the daemon that this editor started for [member daemon]; "" if none runs.
func own_name() -> String:
	var own := OwnDaemon.private_name(daemon)
	return own if OwnDaemon.runs(own) else ""


## In words: which daemon is there?
func state() -> String:
	var own := own_name()
	var found := ConnectionFile.read(own if own else daemon)
	if own:
		return "This editor's own daemon %s, process %d, version %s. It ends with the editor.%s" % [own, found["pid"], found.get("version", "?"), _apart(found)] if found else "The daemon %s is starting …" % own
	if found:
		return "The daemon \"%s\" runs: process %d, version %s. It was started outside this editor.%s" % [daemon, found["pid"], found.get("version", "?"), _apart(found)]
	if Program.to_autostart():
		var with := "the managed environment" if Program.find() == Managed.python() else Program.find()
		return "No daemon \"%s\" runs. Play starts one with %s." % [daemon, with]
	if Program.find():
		return "No daemon \"%s\" runs, and the project's settings do not let a stream start one. Press Start daemon." % daemon
	return "No daemon \"%s\" runs. Press Install, choose a Python that has dreambridge, or run in a terminal: %s" % [daemon, Terminal.serve(daemon)]


# Another version, in words.
func _apart(found: Dictionary) -> String:
	var theirs := str(found.get("version", Question.Messages.ADDON))
	return "" if theirs == Question.Messages.ADDON else " %s Stop it, and start one of this version." % Question.apart(theirs)


## Add a line to what is shown as the log.
func tell(line: String) -> void:
	_events.append("%s  %s" % [Time.get_time_string_from_system(), line])
	if _events.size() > 100:
		_events.remove_at(0)


func browse() -> void:
	var dialog := EditorFileDialog.new()
	dialog.file_mode = EditorFileDialog.FILE_MODE_OPEN_FILE
	dialog.access = EditorFileDialog.ACCESS_FILESYSTEM
	dialog.title = "Choose a Python that has dreambridge"
	dialog.show_hidden_files = true
	dialog.file_selected.connect(_on_path)
	dialog.visibility_changed.connect(func() -> void: if not dialog.visible: dialog.queue_free())
	add_child(dialog)
	dialog.popup_centered_ratio(0.6)


## Ask dreambridge doctor; [method refresh] takes the answer.
func check() -> void:
	var program := Program.find()
	if program == "" or not _question.answered:
		return
	var python := Question.python_of(program)
	if python == "":
		tell(Words.no_python_to_ask(program))
		return
	tell("Checking %s …" % program)
	_question.ask([python], true)
	refresh()


func _look_for_answer() -> void:
	if _question.answered:
		return
	_question.poll()
	if _question.answered:
		tell(Words.checked(Question.python_of(Program.find()), _question.answer))


func _on_path(path: String) -> void:
	if path != Settings.own_python():
		Settings.set_own_python(path)
		tell("Python: %s" % (path if path else "none"))
		refresh()
		switched.emit()


func _on_switch() -> void:
	var own := own_name()
	if own:
		OwnDaemon.stop(own)
		tell("%s was stopped." % own)
	else:
		OwnDaemon.start(OwnDaemon.with_program(Program.find()), OwnDaemon.private_name(daemon))
	refresh()
	switched.emit()


func _show_log(own: String) -> void:
	var path := OwnDaemon.log_of(own) if own else ""
	var text := FileAccess.get_file_as_string(path) if path and FileAccess.file_exists(path) else ""
	var shown := "\n".join(_events) + ("\n— daemon —\n" + text.right(MAX_LOG) if text else "")
	if shown != _log.text:
		_log.text = shown
		_log.scroll_vertical = _log.get_line_count()
