@tool
extends ScrollContainer
## Project Settings > Dreambridge: installs the managed Python environment, and says what starts the daemon.

## What starts the daemon has changed.
signal switched

const Settings := preload("../settings.gd")
const Program := preload("../../system/program.gd")
const Managed := preload("../../system/managed.gd")
const OwnDaemon := preload("../../system/own_daemon.gd")
const Question := preload("../../system/question.gd")
const Sandbox := preload("../../system/sandbox.gd")
const Pythons := preload("pythons.gd")
const Installer := preload("installer.gd")
const Words := preload("words.gd")
const POLL_S := 0.2
const MAX_LOG := 200000

var pythons := Pythons.new()
var installer := Installer.new()

var _status := Label.new()
var _install := Button.new()
var _cancel := Button.new()
var _check := Button.new()
var _show_folder := Button.new()
var _bar := ProgressBar.new()
var _step := Label.new()
var _choice := OptionButton.new()
var _browse := Button.new()
var _again := Button.new()
var _refused := Label.new()
var _own := LineEdit.new()
var _own_browse := Button.new()
var _switches: Array[CheckBox] = []
var _level := OptionButton.new()
var _log := TextEdit.new()
var _timer := Timer.new()
var _question := Question.new()
# The command of the Python that the user has chosen here; empty: the best one.
var _chosen := PackedStringArray()
var _shown_lines := 0


func _init() -> void:
	name = "Dreambridge"
	horizontal_scroll_mode = SCROLL_MODE_DISABLED
	var all := VBoxContainer.new()
	all.size_flags_horizontal = SIZE_EXPAND_FILL
	all.size_flags_vertical = SIZE_EXPAND_FILL
	add_child(all)
	all.add_child(_heading("Python environment"))
	for label: Label in [_status, _refused]:
		label.autowrap_mode = TextServer.AUTOWRAP_WORD_SMART
	all.add_child(_status)
	var row: Container = HFlowContainer.new()
	all.add_child(row)
	_button(row, _install, "Install", "Makes a Python environment with Dreambridge in your data folder, for all your projects. Downloads about 120 MB from PyPI.", _on_install)
	_button(row, _cancel, "Cancel", "Stops the installation.", installer.cancel)
	_button(row, _check, "Check", "Runs dreambridge doctor with the Python that starts the daemon.", check)
	_button(row, _show_folder, "Show folder", "Shows the environment's folder. You can delete it at any time.", func() -> void: OS.shell_show_in_file_manager(Managed.folder()))
	_bar.max_value = 1.0
	_bar.step = 0.001
	all.add_child(_bar)
	all.add_child(_step)
	_step.text_overrun_behavior = TextServer.OVERRUN_TRIM_ELLIPSIS
	row = HBoxContainer.new()
	all.add_child(row)
	row.add_child(_label("Make it with"))
	_choice.size_flags_horizontal = SIZE_EXPAND_FILL
	_choice.clip_text = true
	_choice.item_selected.connect(_on_chosen)
	row.add_child(_choice)
	_button(row, _browse, "Browse …", "Choose another Python.", func() -> void: _ask_for_file(choose))
	_button(row, _again, "Search again", "Look for Pythons again, such as after you have installed one.", search)
	all.add_child(_refused)
	all.add_child(_heading("Daemon"))
	row = HBoxContainer.new()
	all.add_child(row)
	row.add_child(_label("Your own Python"))
	_own.size_flags_horizontal = SIZE_EXPAND_FILL
	_own.tooltip_text = "A Python that has dreambridge, instead of the managed environment. For you only: it is kept in your Editor Settings."
	_own.text_submitted.connect(_on_own)
	_own.focus_exited.connect(func() -> void: _on_own(_own.text))
	row.add_child(_own)
	_button(row, _own_browse, "Browse …", "Choose a Python that has dreambridge.", func() -> void: _ask_for_file(_on_own))
	for about: PackedStringArray in [
		PackedStringArray([Program.AUTOSTART_IN_EDITOR, "Start a daemon in the editor when a stream plays and none runs"]),
		PackedStringArray([Program.AUTOSTART_IN_GAME, "Start a daemon in a game when none runs (the packaged daemon of an exported game always starts)"]),
	]:
		var switch := CheckBox.new()
		switch.text = about[1]
		switch.set_meta(&"setting", about[0])
		switch.toggled.connect(_share.bind(about[0]))
		_switches.append(switch)
		all.add_child(switch)
	row = HBoxContainer.new()
	all.add_child(row)
	row.add_child(_label("Log level"))
	for level in Settings.LOG_LEVELS:
		_level.add_item(level)
	_level.item_selected.connect(func(k: int) -> void: _share(Settings.LOG_LEVELS[k], OwnDaemon.LOG_LEVEL))
	row.add_child(_level)
	all.add_child(_heading("Log"))
	_log.editable = false
	_log.wrap_mode = TextEdit.LINE_WRAPPING_BOUNDARY
	_log.size_flags_vertical = SIZE_EXPAND_FILL
	all.add_child(_log)
	_timer.wait_time = POLL_S
	_timer.timeout.connect(poll)
	add_child(_timer)
	# Deferred: it comes while the page enters the tree, where its timer is not yet.
	visibility_changed.connect(_on_visibility, CONNECT_DEFERRED)


func _notification(what: int) -> void:
	if what == NOTIFICATION_READY:
		_log.custom_minimum_size.y = 120 * EditorInterface.get_editor_scale()
		refresh()


## Bring the page to the front.
func open() -> void:
	var tabs := get_parent() as TabContainer
	tabs.current_tab = tabs.get_tab_idx_from_control(self)
	get_window().popup_centered_clamped(Vector2i(Vector2(1000, 720) * EditorInterface.get_editor_scale()), 0.9)


## End what runs; the page is about to go.
func close() -> void:
	pythons.stop()
	_question.cancel()
	installer.cancel()


## Look for Pythons.
func search() -> void:
	pythons.search()
	_work()


## Use that Python for the environment.
func choose(path: String) -> void:
	_chosen = [path]
	pythons.add(path)
	_work()


## Ask the doctor of the Python that starts the daemon.
func check() -> void:
	var program := Program.find()
	var python := Question.python_of(program)
	if program == "":
		return
	if python == "":
		tell(Words.no_python_to_ask(program))
		return
	tell("Checking %s …" % program)
	_question.ask([python], true)
	_work()


func is_busy() -> bool:
	return installer.is_running() or pythons.is_searching() or not _question.answered


func poll() -> void:
	var checked := _question.answered
	_question.poll()
	if not checked and _question.answered:
		tell(Words.checked(Question.python_of(Program.find()), _question.answer))
	pythons.poll()
	if installer.poll():
		for line in installer.lines.slice(_shown_lines):
			tell(line)
		_shown_lines = installer.lines.size()
		if not installer.is_running():
			tell(("%s %s %s" % [installer.outcome.capitalize(), installer.message, installer.hint]).strip_edges())
			switched.emit()
	refresh()
	if not is_busy():
		_timer.stop()


## Add to the log.
func tell(text: String) -> void:
	var whole := _log.text + text + "\n"
	_log.text = whole.right(MAX_LOG)
	_log.scroll_vertical = _log.get_line_count()


func refresh() -> void:
	var managed := Managed.python()
	var busy := installer.is_running()
	_status.text = Words.status(Managed.about(), managed, Installer.wheel(), busy, Sandbox.kind())
	_install.text = "Repair" if Managed.about() and not busy else "Install"
	var one := chosen()
	_install.disabled = busy or Installer.wheel() == "" or one.is_empty() or one["refusal"] != ""
	_cancel.visible = busy
	_check.disabled = Program.find() == "" or not _question.answered or busy
	_show_folder.disabled = not DirAccess.dir_exists_absolute(Managed.folder())
	_bar.visible = busy
	_bar.value = installer.done
	_step.visible = busy or installer.outcome not in ["", "installed"]
	_step.text = installer.phase if busy else ("%s %s" % [installer.message, installer.hint]).strip_edges()
	_step.tooltip_text = _step.text
	_show_choice()
	_refused.text = Words.found(pythons.found, pythons.is_searching(), one, Sandbox.kind())
	if not _own.has_focus():
		_own.text = Settings.own_python()
		_own.placeholder_text = Words.instead(str(ProjectSettings.get_setting(Program.SETTING, "")), managed)
	for switch in _switches:
		switch.set_pressed_no_signal(ProjectSettings.get_setting(switch.get_meta(&"setting") as String, true) as bool)
	_level.select(maxi(0, Settings.LOG_LEVELS.find(str(ProjectSettings.get_setting(OwnDaemon.LOG_LEVEL, "info")))))


## What the environment is made with; {} if no Python was found.
func chosen() -> Dictionary:
	var one := pythons.by_command(_chosen) if _chosen else {}
	return one if one else pythons.best()


func _show_choice() -> void:
	var one := chosen()
	_choice.clear()
	for k in pythons.found.size():
		var about := pythons.found[k]
		_choice.add_item(Words.offered(about))
		_choice.set_item_disabled(k, about["refusal"] != "")
		_choice.set_item_tooltip(k, str(about["refusal"]))
		if about == one:
			_choice.select(k)
	_choice.disabled = installer.is_running() or pythons.found.is_empty()
	if pythons.found.is_empty():
		_choice.add_item("Searching …" if pythons.is_searching() else "No Python was found")


func _work() -> void:
	_timer.start()
	refresh()


func _on_visibility() -> void:
	if is_visible_in_tree() and pythons.found.is_empty() and not pythons.is_searching():
		search()
	elif is_visible_in_tree():
		refresh()


func _on_install() -> void:
	_shown_lines = 0
	var one := chosen()
	installer.start(one["command"] as PackedStringArray, not Managed.about().is_empty())
	_work()


func _on_chosen(k: int) -> void:
	_chosen = pythons.found[k]["command"]
	refresh()


func _on_own(path: String) -> void:
	if path != Settings.own_python():
		Settings.set_own_python(path)
		refresh()
		switched.emit()


func _share(value: Variant, setting: String) -> void:
	var wrong := Settings.share(setting, value)
	if wrong:
		tell(wrong)


func _ask_for_file(take: Callable) -> void:
	var dialog := EditorFileDialog.new()
	dialog.file_mode = EditorFileDialog.FILE_MODE_OPEN_FILE
	dialog.access = EditorFileDialog.ACCESS_FILESYSTEM
	dialog.title = "Choose a Python"
	dialog.show_hidden_files = true
	dialog.file_selected.connect(take)
	dialog.visibility_changed.connect(func() -> void: if not dialog.visible: dialog.queue_free())
	add_child(dialog)
	dialog.popup_centered_ratio(0.6)


func _button(into: Container, button: Button, text: String, tooltip: String, pressed: Callable) -> void:
	button.text = text
	button.tooltip_text = tooltip
	button.pressed.connect(pressed)
	into.add_child(button)


func _label(text: String) -> Label:
	var label := Label.new()
	label.text = text
	return label


func _heading(text: String) -> Label:
	var label := _label(text)
	label.theme_type_variation = &"HeaderSmall"
	return label
