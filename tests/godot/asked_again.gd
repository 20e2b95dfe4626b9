extends SceneTree
## A signal and a choice whose answers are lost. DAEMON: a link that loses them; FOLDER: that of the cutscene; GIVEN: script and levels, of
## tests/test_asked_again.py. Prints what was found, as one JSON object.

var director := DreamDirector.new()
var stream := DreamStream.new()
var errors: Array[String] = []


func _initialize() -> void:
	await process_frame
	director.failed.connect(func(code: String, _message: String, _hint: String) -> void: errors.append(code))
	director.limit = 60.0
	director.cutscenes = "user://asked_again"
	DirAccess.make_dir_recursive_absolute(director.cutscenes)
	var document := FileAccess.get_file_as_string(OS.get_environment("FOLDER").path_join("twice.dream.json"))
	FileAccess.open(director.cutscenes.path_join("twice.dream.json"), FileAccess.WRITE).store_string(document)
	root.add_child(director)
	stream.bundle = "testcard"
	stream.seed = 7
	stream.threads = 1
	stream.daemon = OS.get_environment("DAEMON")
	root.add_child(stream)
	director.stream = stream
	await stream.frame_ready
	var given: Dictionary = JSON.parse_string(OS.get_environment("GIVEN"))
	var levels: Array[int] = []
	var at := ""
	for text: String in given["script"]:
		if text == "set":
			await until(settled)
			var asked := [false]
			stream._cutscene.ask("cutscene_set", {"values": {}}, func(_m: Dictionary) -> void: asked[0] = true)
			await until(func() -> bool: return asked[0])
		elif text == "level":
			var wanted := int(given["levels"][levels.size()] as float)
			await until(func() -> bool: return absi(level() - wanted) <= 1)
			levels.append(level())
		elif text.begins_with("at "):
			await until(func() -> bool: return settled() and text == "at %s %s" % [stream._cutscene.shot, stream._cutscene.status])
			at = "%s %s" % [stream._cutscene.shot, stream._cutscene.status]
			if text != "at " + at:
				break
		else:
			await director.tell(text)
	print(JSON.stringify({"errors": errors, "levels": levels, "at": at}))
	quit()


func settled() -> bool:
	return director.is_ready_to_send() and not director._sent.busy and director._pending.is_empty()


func level() -> int:
	return stream.texture._image.get_pixel(10, 220).r8


func until(what: Callable) -> bool:
	var end := Time.get_ticks_msec() + 60_000
	while not what.call() and Time.get_ticks_msec() < end:
		await process_frame
	return what.call()
