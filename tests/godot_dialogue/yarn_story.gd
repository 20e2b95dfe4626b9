extends "driver.gd"
## Commands and hashtags of Yarn Spinner, the real runner's classes or the stand-in's (DAEMON): what is directed, options made ahead, the pixels. Prints JSON.

# What is left of each command when Yarn Spinner has split it: words, without the quotation marks around them.
const COMMANDS := [
	["weather=storm", "over=2"], ["a storm over the coast", "over=2"], ["prompt=a \"wild\" sea"], ["cut", "a cellar", "seed=9"], ["wait", "shown"],
	["weather=storm over=2"], ["prompt=fog"], ["level=-"], ["play", "arrival", "from=dusk"], ["weather=strom=x"],
]


# As the presenter of Yarn Spinner that shows buttons.
class Buttons extends YarnDialoguePresenter:
	signal option_selected(index: int, option: YarnOption)
	signal _made(index: int)

	func run_options(_options: Array[YarnOption], _token: YarnCancellationToken = null) -> int:
		return await _made

	func press(index: int) -> void:
		option_selected.emit(index, null)
		_made.emit(index)


func _initialize() -> void:
	await process_frame
	add_director()
	var runner := YarnDialogueRunner.new()
	root.add_child(runner)
	var node := DreamYarn.new()
	node.runner = runner
	root.add_child(node)
	for words: Array in COMMANDS:
		await runner.command(["dream"] + words)
	var is_static: int = (DreamYarn as GDScript).get_script_method_list().filter(
		func(m: Dictionary) -> bool: return m["name"] == "_yarn_command_dream" and m["flags"] & METHOD_FLAG_STATIC != 0).size()
	got = {"told": told.duplicate(), "alone_errors": errors.duplicate(), "static": is_static}
	director._pending.take()
	await open_stream()
	var buttons := Buttons.new()
	root.add_child(buttons)
	runner.add_presenter(buttons)
	await runner.line("The quay is dark.", ["mood:dark", "dream:level=0.25"])
	await runner.command(["dream", "wait", "shown"])
	got["line"] = level()
	for k in 2:
		var options: Array[PackedStringArray] = [["dream:level=0.5"], ["#dream:level=%s" % [0.75, 0.9][k], "key"], []]
		var taken := []
		var choose := func() -> void: taken.append(await runner.options(options))
		choose.call()
		await made_ahead(2)
		buttons.press([1, 2][k])
		# The story goes on at once: what it tells comes after the option.
		await runner.command(["dream", "wait", "shown"])
		got["option%d" % k] = [taken, level(), director.adopted, director.directed]
	got["later"] = told.duplicate()
	got["freed"] = await freed_while_choosing(runner, buttons)
	root.remove_child(node)
	got["left"] = runner.get_presenters().size()
	root.add_child(node)
	await runner.line("It is back.", ["dream:level=0.3"])
	got["back"] = [runner.get_presenters().size(), told.back()]
	node.free()
	finish()


## The scene changes while an option is made the stream's own: does the next scene's command end?
func freed_while_choosing(runner: YarnDialogueRunner, buttons: Buttons) -> Array:
	var choose := func() -> void: await runner.options([PackedStringArray(["dream:level=0.5"])] as Array[PackedStringArray])
	choose.call()
	await made_ahead(1)
	buttons.press(0)
	var choosing := director._choosing
	director.free()
	told.clear()
	director = DreamDirector.new()
	director.stream = stream
	add_director()
	var command := func() -> void: await runner.command(["dream", "level=0.6"])
	command.call()
	return [choosing, await until(func() -> bool: return not told.is_empty(), 10.0)]
