extends SceneTree
## What the drivers of the stories share: a director that has no stream yet, the stream for it, and looking at the picture.

var director := DreamDirector.new()
var stream: DreamStream
var told: Array[Dictionary] = []
var errors: Array[String] = []
var got := {}


## Another director may take the place of the last one, as in the next scene.
func add_director() -> void:
	director.limit = 60.0
	director.told.connect(func(s: Dictionary) -> void: told.append(s))
	director.failed.connect(func(code: String, _message: String, _hint: String) -> void: errors.append(code))
	root.add_child(director)


## A stream of the daemon DAEMON for the director, which makes options ahead with it. What went wrong without one is forgotten.
func open_stream() -> void:
	errors.clear()
	told.clear()
	stream = DreamStream.new()
	stream.bundle = "testcard"
	stream.threads = 1
	stream.seed = 7
	stream.daemon = OS.get_environment("DAEMON")
	root.add_child(stream)
	director.stream = stream
	await stream.opened
	director.preroll = 0.3


## The ways through the story of tests/story, and what each tells.
func ways() -> Array:
	return JSON.parse_string(story("lamp.json"))


func story(named: String) -> String:
	return FileAccess.get_file_as_string(OS.get_environment("STORIES").path_join(named))


## Are so many options made ahead?
func made_ahead(count: int) -> bool:
	return await until(func() -> bool: return director._ahead._made.size() == count and not director._ahead._busy)


func frames(count: int) -> void:
	for k in count:
		await process_frame


func until(what: Callable, seconds := 20.0) -> bool:
	var end := Time.get_ticks_msec() + int(seconds * 1000)
	while not what.call() and Time.get_ticks_msec() < end:
		await process_frame
	return what.call()


func level() -> int:
	return stream.texture._image.get_pixel(10, 220).r8 if stream.texture._image else -1


func finish() -> void:
	got["errors"] = errors
	print(JSON.stringify(got, "", true, true))
	quit()
