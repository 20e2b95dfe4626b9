extends SceneTree
## What happens while a story is told: streams that are never there, freed or exchanged, a paused tree, calls that overlap, a connection that is
## lost. DAEMON: one that runs. Prints what was found, as one JSON object.

const Connection := preload("res://connection.gd")
const Statement := preload("res://addons/dreambridge/story/statement.gd")
const LINES := "~ one\nFirst.\ndream: level=0.5\ndream: wait shown limit=60\nSecond.\n~ two\nOther.\nLast.\n- Go on.\n\tdream: wait shown limit=60\n\tTaken.\nEnd."

const CUTSCENES := "user://faults_cutscenes"
const DOORS := {"format": "1.0", "name": "doors", "variables": {"coins": {"type": "number"}}, "shots": {
	"first": {"length": 0.1, "next": {"wait": "door", "then": "second"}},
	"second": {"length": 0.1, "next": {"choice": [{"id": "go", "then": "third"}, {"id": "stay", "then": "first"}]}},
	"third": {"lanes": {"level": {"keys": [{"at": 0, "value": 0.8}]}}, "length": 600},
}}

var director := DreamDirector.new()
var stream: DreamStream
var errors: Array[String] = []
var got := {}


func _initialize() -> void:
	await process_frame
	director.failed.connect(func(code: String, _message: String, _hint: String) -> void: errors.append(code))
	director.limit = 60.0
	root.add_child(director)
	whole_numbers()
	momentary()
	await never_there()
	await forks_end()
	await freed()
	await another_stream()
	await paused_tree()
	await overlapping()
	await lost_in_between()
	print(JSON.stringify(got))
	quit()


## A cut takes along what was directed before it, except what is over by itself.
func momentary() -> void:
	director.stream = DreamStream.new()
	director.stream._session.info = {"conditions": {"level": {"kind": "number"}, "flash": {"kind": "event"}, "push": {"kind": "delta"}}}
	for text: String in ["level=0.5", "flash=1", "push=1", "cut seed=3"]:
		director._pending.add(Statement.parse(text))
	got["momentary"] = director._pending.take()
	director.stream.free()
	director.stream = null


func open() -> void:
	stream = DreamStream.new()
	stream.bundle = "testcard"
	stream.threads = 1
	stream.daemon = OS.get_environment("DAEMON")
	root.add_child(stream)
	await stream.frame_ready
	await process_frame


func take_errors() -> Array[String]:
	var taken := errors
	errors = []
	return taken


func until(what: Callable, seconds := 30.0) -> bool:
	var end := Time.get_ticks_msec() + int(seconds * 1000)
	while not what.call() and Time.get_ticks_msec() < end:
		await process_frame
	return what.call()


## An array that gets what it returns.
func began(what: Callable) -> Array:
	var done := []
	var run := func() -> void: done.append(await what.call())
	run.call()
	return done


## Did it return in that time?
func ends(done: Array, seconds := 20.0) -> bool:
	return await until(func() -> bool: return not done.is_empty(), seconds)


func level() -> int:
	return stream.texture._image.get_pixel(10, 220).r8


## How many the daemon has. It drops one between two steps: so [param wanted] may come late.
func forks(wanted: int) -> int:
	var end := Time.get_ticks_msec() + 5000
	var count := -1
	while count != wanted and Time.get_ticks_msec() < end:
		count = (await stream.stats()).get("forks", 0)
	return count


## What it returned.
func result(done: Array) -> Variant:
	return done[0] if await ends(done) else "it has not returned"


## JSON turns 3 into 3.0; the story counts on.
func whole_numbers() -> void:
	var story := DreamStory.new()
	root.add_child(story)
	story.variables = {"coins": 3, "half": 0.5, "bag": {"rope": 1, "oil": 0.25}, "list": [1, 2.5, [7]], "name": "Mira", "lit": true}
	story.text = "{coins} coins."
	story.begin()
	var before := var_to_str(story.variables)
	var game: Dictionary = await story.save_game()
	story.variables = {}
	await story.load_game(JSON.parse_string(JSON.stringify(game, "", true, true)) as Dictionary)
	got["whole"] = [(await story.next())["text"], var_to_str(story.variables) == before]
	story.free()


## A save that is loaded while no daemon answers, and with a stream that nobody adds to the tree: the story goes on.
func never_there() -> void:
	stream = DreamStream.new()
	stream.daemon = "nobody-there"
	root.add_child(stream)
	director.stream = stream
	var found := []
	var done := began(director.restore.bind("{}"))
	found.append(await ends(done) and not done[0]["loaded"])
	found.append(await ends(began(director.tell.bind("level=1")), 5.0))
	stream.free()
	stream = DreamStream.new()
	director.stream = stream
	done = began(director.restore.bind("{}"))
	found.append(await ends(done) and not done[0]["loaded"])
	stream.free()
	director.stream = null
	director._pending.take()
	got["never_there"] = found
	take_errors()


func made(count: int) -> bool:
	return await until(func() -> bool: return director._ahead._made.size() == count and not director._ahead._busy)


## What was made ahead ends when nobody can choose it any more.
func forks_end() -> void:
	var options := [["dream: level=0.5"], ["dream: level=0.75"]]
	await open()
	director.stream = stream
	director.offer(options)
	var found := [await made(2), await forks(2)]
	root.remove_child(director)
	found.append(await forks(0))
	root.add_child(director)
	director.offer(options)
	found.append_array([await made(2), await forks(2)])
	director.stream = null
	found.append(await forks(0))
	director.stream = stream
	director.offer(options)
	var ahead := director._ahead
	root.remove_child(director)
	found.append(await until(func() -> bool: return not ahead._busy))
	found.append(await forks(0))
	root.add_child(director)
	director.offer(options)
	await made(2)
	director.preroll = 0.0
	director.offer(options)
	await made(0)
	found.append(await forks(0))
	director.preroll = 1.0
	var other := DreamDirector.new()
	root.add_child(other)
	other.stream = stream
	other.offer(options)
	await process_frame
	other.free()
	await until(func() -> bool: return false, 0.5)
	found.append(await forks(0))
	got["forks_end"] = found
	await process_frame
	stream.free()


## A stream that is freed, or taken away, while its director sends or makes options ahead: the next stream is directed.
func freed() -> void:
	var found := []
	for way: String in ["free", "null"]:
		await open()
		director.stream = stream
		director._pending.add(Statement.parse("keep inn"))
		director._pending.add(Statement.parse("level=0.5"))
		director._wake()
		found.append(director._sent.busy)
		gone(way)
		await until(func() -> bool: return not director._sent.busy, 10.0)
		director._pending.take()
		await open()
		director.stream = stream
		director.offer([["dream: level=0.5"]])
		gone(way)
		await until(func() -> bool: return not director._ahead._busy, 10.0)
		await open()
		director.stream = stream
		director.offer([["dream: level=0.5"]])
		await made(1)
		var choice := began(director.choose.bind(0))
		gone(way)
		found.append(await ends(choice, 10.0))
		await open()
		director.stream = stream
		var told := began(director.tags.bind(["dream: level=0.25 over=0", "dream: wait shown"]))
		found.append(await ends(told) and Array(told[0] as PackedStringArray) == ["pending", "shown"] and level() == 64)
		director.offer([["dream: level=0.75 over=0", "dream: wait shown"]])
		found.append(await made(1))
		var adopted := director.adopted
		var chosen := began(director.choose.bind(0))
		found.append(await ends(chosen) and director.adopted == adopted + 1)
		await process_frame
		stream.free()
	got["freed"] = found
	take_errors()


func gone(way: String) -> void:
	if way == "free":
		stream.free()
	else:
		director.stream = null
		stream.queue_free()


## What was refused on one stream is not refused on the next.
func another_stream() -> void:
	await open()
	director.stream = stream
	var found := [await director.tags(["dream: level=7", "dream: wait shown"])]
	var first := stream
	await open()
	director.stream = stream
	found.append(await director.tell("wait shown limit=10"))
	found.append(await director.tags(["dream: level=0.75 over=0", "dream: wait shown"]))
	found.append(level())
	await process_frame
	first.free()
	got["another_stream"] = found
	got["another_errors"] = take_errors()


## Save and load from a pause menu; a stream that opens while the game is paused.
func paused_tree() -> void:
	await director.tags(["dream: level=0.25 over=0", "dream: wait shown"])
	paused = true
	var saved := began(director.save)
	var found: Array = [await ends(saved, 10.0) and (saved[0] as String).length() > 0]
	director.tell("level=1 over=0")
	found.append(await ends(began(director.idle), 10.0))
	var loaded := began(director.restore.bind(saved[0] if saved else ""))
	found.append(await ends(loaded, 10.0) and loaded[0]["exact"])
	var late := DreamStream.new()
	late.bundle = "testcard"
	late.daemon = OS.get_environment("DAEMON")
	root.add_child(late)
	found.append(await until(func() -> bool: return late.state == DreamStream.State.PAUSED, 10.0))
	stream.pause()
	stream.resume()
	await ends(began(director.idle), 1.0)
	found.append(stream.state_name)
	paused = false
	found.append(await until(func() -> bool: return late.state == DreamStream.State.PLAYING, 10.0))
	await process_frame
	late.free()
	found.append(await director.tell("wait shown limit=10"))
	found.append(await until(func() -> bool: return level() == 64, 5.0))
	got["paused_tree"] = found
	take_errors()


## Calls of a story while another one waits.
func overlapping() -> void:
	var story := DreamStory.new()
	root.add_child(story)
	story.failed.connect(func(code: String, _message: String, _hint: String) -> void: errors.append(code))
	story.preroll = 0.0
	story.stream = stream
	story.text = LINES
	var found := {}
	stream.pause()
	story.begin()
	await story.next()
	var one := began(story.next)
	var two := began(story.next)
	await process_frame
	found["waits"] = one.is_empty()
	stream.resume()
	found["twice"] = [await result(one), await result(two)]
	stream.pause()
	story.begin()
	await story.next()
	one = began(story.next)
	two = began(story.next)
	story.begin("two")
	found["begun_again"] = [(await story.next())["text"]]
	stream.resume()
	found["begun_again"] += [await result(one), await result(two), (await story.next())["text"]]
	story.begin()
	var shown := await story.next()
	var game := await story.save_game()
	stream.pause()
	one = began(story.next)
	await process_frame
	await story.load_game(game)
	found["loaded"] = [shown, await story.next()]
	stream.resume()
	found["loaded"] += [await result(one)]
	story.begin("two")
	await story.next()
	await story.next()
	var options := await story.next()
	game = await story.save_game()
	await story.load_game(game)
	found["choice"] = options == await story.next()
	stream.pause()
	await story.tell("level=0.1")
	one = began(story.take.bind(0))
	two = began(story.take.bind(0))
	stream.resume()
	found["taken"] = [await result(one), await result(two), await story.next()]
	stream.pause()
	story.begin()
	await story.next()
	one = began(story.next)
	story.text = "Another story."
	stream.resume()
	found["rewritten"] = [await result(one), await story.next()]
	got["overlapping"] = found
	got["overlapping_errors"] = take_errors()
	story.free()


## The connection is lost while directions are sent: what was told since replaces what could not be sent.
func lost_in_between() -> void:
	var told: Array[Dictionary] = []
	director.tell("keep inn")
	await director.idle()
	for text: String in ["keep inn", "set coins=1", "keep cellar"]:
		director._pending.add(Statement.parse(text))
	director._wake()
	director.tell("set coins=2")
	Connection.cut_off(stream)
	var found := [await until(func() -> bool: return stream.state == DreamStream.State.LOST and not director._sent.busy)]
	for s in director._pending.take():
		told.append(s)
	found.append(told)
	got["lost_in_between"] = found
	await comes_back()
	take_errors()
	await asked_again()
	await process_frame
	stream.free()


func comes_back() -> bool:
	stream._session.channel.rename(OS.get_environment("DAEMON"))
	return await until(func() -> bool: return stream.state == DreamStream.State.PLAYING or stream.state == DreamStream.State.SLOWED)


## Each direction to a cutscene whose answer is lost is asked again, and so is one that was to begin.
func asked_again() -> void:
	director.cutscenes = CUTSCENES
	DirAccess.make_dir_recursive_absolute(CUTSCENES)
	FileAccess.open(CUTSCENES.path_join("doors.dream.json"), FileAccess.WRITE).store_string(JSON.stringify(DOORS))
	var found := []
	for step: Array in [
			["play doors", "wait shot first"], ["set coins=3", ""], ["signal door", "wait shot second"], ["choose go", "wait shot third"],
			["release level", ""], ["stop", "wait ended"]]:
		if str(step[0]).begins_with("choose"):
			await until(func() -> bool: return stream._cutscene.status == "choosing")
		director._pending.add(Statement.parse(str(step[0])))
		director._wake()
		Connection.cut_off(stream)
		await until(func() -> bool: return stream.state == DreamStream.State.LOST)
		var back := await comes_back()
		await director.idle()
		found.append([back, await director.tell(str(step[1])) if step[1] else ""])
	found.append(stream._cutscene.variables.get("coins"))
	got["asked_again"] = found
	got["asked_again_errors"] = take_errors()
