extends SceneTree
## The command <<dream …>> as Yarn Spinner for Godot calls it: with the words that its parser leaves, on the class. Prints one JSON object.

const Yarn := preload("res://addons/dreambridge/dream_yarn.gd")
# What is left of each command when Yarn Spinner has split it: words, without the quotation marks around them.
const COMMANDS := [
	["weather=storm", "over=2"], ["a storm over the coast", "over=2"], ["prompt=a \"wild\" sea"], ["cut", "a cellar", "seed=9"], ["wait", "shown"],
	["weather=storm over=2"], ["prompt=fog"], ["level=-"], ["play", "arrival", "from=dusk"], ["weather=strom=x"],
]


# As the runner of Yarn Spinner: a library of commands.
class Runner extends Node:
	var commands := {}

	func get_library() -> Runner:
		return self

	func has_command(command: String) -> bool:
		return commands.has(command)

	func add_command(command: String, callable: Callable) -> void:
		commands[command] = callable


func _initialize() -> void:
	await process_frame
	var director := DreamDirector.new()
	var told: Array[Dictionary] = []
	var errors: Array[String] = []
	director.told.connect(func(s: Dictionary) -> void: told.append(s))
	director.failed.connect(func(code: String, _message: String, _hint: String) -> void: errors.append(code))
	root.add_child(director)
	var runner := Runner.new()
	var node := Yarn.new()
	node.runner = runner
	root.add_child(node)
	for words: Array in COMMANDS:
		var callable: Callable = runner.commands["dream"]
		await callable.callv(words)
	var is_static: int = (Yarn as GDScript).get_script_method_list().filter(
		func(m: Dictionary) -> bool: return m["name"] == "_yarn_command_dream" and m["flags"] & METHOD_FLAG_STATIC != 0).size()
	print(JSON.stringify({"told": told, "errors": errors, "static": is_static}, "", true, true))
	runner.free()
	quit()
