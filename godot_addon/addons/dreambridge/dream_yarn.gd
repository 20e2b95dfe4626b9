@icon("icons/dream_director.svg")
class_name DreamYarn
extends Node
## The command [code]<<dream weather=storm over=2>>[/code] and the hashtags [code]#dream:weather=storm[/code] of lines and options, for Yarn Spinner for Godot
## (GDScript). Put it below the scene of the YarnDialogueRunner, next to a [DreamDirector].
##
## Yarn Spinner takes the quotation marks of a prompt away. They are put back around what has spaces; write [code]prompt=fog[/code] for a prompt
## of one word. A whole direction may stand in quotation marks: [code]<<dream "weather=storm over=2">>[/code]. A hashtag has no spaces.

const Statement := preload("story/statement.gd")
## In the place of a word that the command did not get.
const NONE := ""
## The class of Yarn Spinner that is told of lines and options.
const PRESENTER := &"YarnDialoguePresenter"
## The script of the one that hears of each line and each choice. It shows nothing, and leaves the choice to other presenters. Its base is there only in
## projects with Yarn Spinner, so it is made when the game runs.
const LISTENER := """extends "%s"
var hears: Node
func run_line(line, _token = null) -> Variant:
	hears.call("_on_line", line.metadata)
	return null
func run_options(options, _token = null) -> int:
	hears.call("_on_options", options)
	return -1
"""

## The YarnDialogueRunner. Empty: that of this scene.
@export var runner: Node

var _listener: Node
var _offered := 0


func _ready() -> void:
	if runner == null and get_tree().current_scene:
		var there := get_tree().current_scene.find_children("*", "", true, false)
		there = there.filter(func(node: Node) -> bool: return node.has_method("add_presenter") and node.has_method("get_library"))
		runner = there[0] if there else null
	if runner == null:
		return
	# An alpha release takes the command for one of a node, and asks for the node's name in it.
	if runner.has_method("add_command") and runner.has_method("get_library"):
		var library: Object = runner.call("get_library")
		if library and not library.call("has_command", "dream"):
			runner.call("add_command", "dream", _yarn_command_dream)
	_listen()


func _enter_tree() -> void:
	if _listener and is_instance_valid(runner):
		runner.call("add_presenter", _listener)


func _exit_tree() -> void:
	if _listener and is_instance_valid(runner):
		runner.call("remove_presenter", _listener)


## Hear of lines and options.
func _listen() -> void:
	for found in ProjectSettings.get_global_class_list():
		if found["class"] == PRESENTER and runner.has_method("add_presenter"):
			var script := GDScript.new()
			script.source_code = LISTENER % found["path"]
			if script.reload() == OK:
				_listener = script.new()
				_listener.set("hears", self)
				add_child(_listener)
				runner.call("add_presenter", _listener)


func _on_line(hashtags: PackedStringArray) -> void:
	_offered = 0
	var directions := _directions(hashtags)
	var director := await _free_director() if directions else null
	if director:
		await director.tags(directions)


func _on_options(options: Array) -> void:
	var director := DreamDirector.of(get_tree())
	if director == null:
		return
	_offered = options.size()
	director.offer(options.map(func(option: Object) -> Array: return _directions(option.get("metadata") as PackedStringArray) if option.get("is_available") else []))
	for presenter: Node in runner.call("get_presenters"):
		if presenter.has_signal("option_selected") and not presenter.is_connected("option_selected", _on_selected):
			presenter.connect("option_selected", _on_selected)


func _on_selected(index: int, _option: Variant = null) -> void:
	take(index)


## An option was taken: for a presenter of your own without the signal [code]option_selected[/code] of Yarn Spinner's.
func take(index: int) -> void:
	var director := DreamDirector.of(get_tree())
	if index < 0 or index >= _offered or director == null:
		return
	_offered = 0
	director.choose(index)


static func _directions(hashtags: PackedStringArray) -> Array:
	return Array(hashtags).map(func(tag: String) -> String: return tag.trim_prefix("#")).filter(Statement.is_direction)


## The director of the scene, when the option that was taken is shown or directed. Null: there is none. The scene may change meanwhile.
static func _free_director() -> DreamDirector:
	var tree := Engine.get_main_loop() as SceneTree
	var director := DreamDirector.of(tree)
	while director and director._choosing > 0:
		await tree.process_frame
		director = DreamDirector.of(tree)
	return director


## Yarn Spinner calls it, and awaits it. Its arguments are the words of the command.
static func _yarn_command_dream(
		a := NONE, b := NONE, c := NONE, d := NONE, e := NONE, f := NONE, g := NONE, h := NONE, i := NONE, j := NONE, k := NONE, l := NONE,
		m := NONE, n := NONE, o := NONE, p := NONE) -> void:
	var director := await _free_director()
	if director:
		await director.tell(direction_of(PackedStringArray([a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p])))
	else:
		push_warning("Dreambridge: there is no DreamDirector in the scene. The story goes on without its picture.")


## The direction that these words were, before Yarn Spinner split it.
static func direction_of(words: PackedStringArray) -> String:
	var given := Array(words).filter(func(word: String) -> bool: return word != NONE)
	if given.size() == 1 and " " in str(given[0]) and not Statement.parse(str(given[0])).has("error"):
		return given[0]
	return " ".join(PackedStringArray(given.map(_quoted)))


static func _quoted(word: String) -> String:
	if not " " in word and not "\t" in word:
		return word
	var condition := word.get_slice("=", 0)
	if "=" in word and condition.is_valid_identifier():
		return "%s=\"%s\"" % [condition, word.substr(condition.length() + 1).c_escape()]
	return "\"%s\"" % word.c_escape()
