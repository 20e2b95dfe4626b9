@icon("icons/dream_director.svg")
class_name DreamYarn
extends Node
## The command [code]<<dream weather=storm over=2>>[/code] for Yarn Spinner for Godot (GDScript). Put it below the scene of the YarnDialogueRunner, next
## to a [DreamDirector].
##
## Yarn Spinner takes the quotation marks of a prompt away. They are put back around what has spaces; write [code]prompt=fog[/code] for a prompt
## of one word. A whole direction may stand in quotation marks: [code]<<dream "weather=storm over=2">>[/code].

const Statement := preload("story/statement.gd")
const NONE := ""

## The YarnDialogueRunner. Empty: it finds the command by itself in this scene.
@export var runner: Node


func _ready() -> void:
	# An alpha release takes the command for one of a node, and asks for the node's name in it.
	if runner and runner.has_method("add_command") and runner.has_method("get_library"):
		var library: Object = runner.call("get_library")
		if library and not library.call("has_command", "dream"):
			runner.call("add_command", "dream", _yarn_command_dream)


## Yarn Spinner calls it, and awaits it. Its arguments are the words of the command.
static func _yarn_command_dream(
		a := NONE, b := NONE, c := NONE, d := NONE, e := NONE, f := NONE, g := NONE, h := NONE, i := NONE, j := NONE, k := NONE, l := NONE,
		m := NONE, n := NONE, o := NONE, p := NONE) -> void:
	var director := DreamDirector.of(Engine.get_main_loop() as SceneTree)
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
