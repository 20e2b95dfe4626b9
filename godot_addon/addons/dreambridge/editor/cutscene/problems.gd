@tool
extends ItemList
## The problems of a document as a list: checked a moment after the last change, by the daemon's own rules.

## Another list of problems is shown.
signal found
## The user chose the problem with this path in the document.
signal chosen(path: Array)

const Check := preload("check.gd")
const CHECK_S := 0.6
const LOOK_S := 0.1

## Each is {line, column, severity, message, hint, path}.
var problems := []

var _check := Check.new()
var _timer := Timer.new()
# Runs while a check runs.
var _looks := Timer.new()
var _text := ""


func _init() -> void:
	custom_minimum_size.y = 52 * EditorInterface.get_editor_scale()
	item_activated.connect(_on_item)
	item_selected.connect(_on_item)
	_timer.one_shot = true
	_timer.wait_time = CHECK_S
	_timer.timeout.connect(_begin)
	_looks.wait_time = LOOK_S
	_looks.timeout.connect(_look)
	add_child(_timer)
	add_child(_looks)
	_check.checked.connect(_on_checked)


## Check [param text] when it has not changed for a moment.
func check_soon(text: String) -> void:
	_text = text
	_timer.start()


func close() -> void:
	_timer.stop()
	_looks.stop()
	_check.close()


## The paths of the problems in a shot, from there on.
func in_shot(shot: String) -> Array[Array]:
	var mine: Array[Array] = []
	for problem: Dictionary in problems:
		var path: Array = problem.get("path", [])
		if path.slice(0, 2) == ["shots", shot]:
			mine.append(path.slice(2).map(func(step: Variant) -> Variant: return int(step as float) if step is float else step))
	return mine


func _begin() -> void:
	_check.check(_text)
	if _check.is_checking:
		_looks.start()


func _look() -> void:
	_check.poll()
	if not _check.is_checking:
		_looks.stop()


func _on_checked(all: Array, unable: String) -> void:
	problems = all
	clear()
	for problem: Dictionary in all:
		var k := add_item("%d:%d  %s %s" % [problem["line"], problem["column"], problem["message"], problem.get("hint", "")])
		set_item_icon(k, get_theme_icon(&"StatusError" if problem["severity"] == "error" else &"StatusWarning", &"EditorIcons"))
	if all.is_empty():
		var k := add_item(unable if unable else "No problems.", get_theme_icon(&"StatusWarning" if unable else &"StatusSuccess", &"EditorIcons"))
		set_item_selectable(k, false)
	found.emit()


func _on_item(index: int) -> void:
	if index < problems.size():
		chosen.emit((problems[index] as Dictionary).get("path", []) as Array)
