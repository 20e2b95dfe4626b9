class_name YarnDialogueRunner
extends Node
## Passes lines, options and commands on, in the order in which a compiled story would give them.

class Library:
	var commands := {}

	func has_command(command: String) -> bool:
		return commands.has(command)

var _library := Library.new()
var _presenters: Array[YarnDialoguePresenter] = []


func get_library() -> Library:
	return _library


func add_command(command: String, callable: Callable) -> void:
	_library.commands[command] = callable


func add_presenter(presenter: YarnDialoguePresenter) -> void:
	_presenters.append(presenter)
	presenter.dialogue_runner = self


func remove_presenter(presenter: YarnDialoguePresenter) -> void:
	_presenters.erase(presenter)


func get_presenters() -> Array[YarnDialoguePresenter]:
	return _presenters.duplicate()


func line(text: String, metadata: PackedStringArray) -> void:
	var said := YarnLine.new()
	said.text = text
	said.metadata = metadata
	for presenter in get_presenters():
		var result: Variant = presenter.run_line(said)
		if result is Signal:
			await result


## The option that a presenter has taken.
func options(metadata: Array[PackedStringArray]) -> int:
	var given: Array[YarnOption] = []
	for tags in metadata:
		var option := YarnOption.new()
		option.option_index = given.size()
		option.metadata = tags
		given.append(option)
	var taken := -1
	for presenter in get_presenters():
		@warning_ignore("redundant_await")
		var result: int = await presenter.run_options(given)
		taken = result if taken < 0 else taken
	return taken


func command(words: Array) -> void:
	var callable: Callable = _library.commands[words[0]]
	await callable.callv(words.slice(1))
