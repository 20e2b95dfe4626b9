extends SceneTree
## Save slots of a stream: those that Python wrote (in the folder SLOTS), damaged ones, and its own. Prints one JSON object.

const DAMAGED: Array[String] = ["", "[]", "{}", "{\"format\": \"2.0\"}"]

var stream := DreamStream.new()
var player := DreamCutscenePlayer.new()
var errors: Array[String] = []


func _initialize() -> void:
	await process_frame
	stream.daemon = OS.get_environment("DAEMON")
	stream.bundle = "testcard"
	stream.threads = 1
	stream.seed = 99
	root.add_child(stream)
	player.stream = stream
	root.add_child(player)
	stream.failed.connect(func(code: String, _message: String, _hint: String) -> void: errors.append(code))
	stream.opened.connect(stream.pause)
	var early := await stream.restore_slot(slot("plain"))
	await stream.opened
	while stream.state != DreamStream.State.PAUSED:
		await process_frame
	var got := {"early": early["loaded"], "damaged": []}
	for text: String in DAMAGED + [slot("plain").replace("snapshot\":\"", "snapshot\":\"*")]:
		got["damaged"].append((await stream.restore_slot(text))["loaded"])
	got["errors"] = errors.duplicate()
	got["plain"] = await stream.restore_slot(slot("plain"))
	got["levels"] = [await level(), await level()]
	got["effective"] = stream._session.effective
	got["seed"] = str(stream.info["seed"])
	FileAccess.open(OS.get_environment("SLOTS").path_join("godot"), FileAccess.WRITE).store_string(await stream.save_slot())
	got["after"] = await level()
	got["scene"] = await stream.restore_slot(slot("scene"), player)
	got["shot"] = [player.shot, player.status, player.variables["coins"]]
	got["kept"] = JSON.parse_string(await stream.save_slot())["cutscene"]["shot"]
	stream.step(300)
	got["ended"] = await player.happens("ended")
	got["other"] = await stream.restore_slot(slot("other"))
	got["held"] = stream._session.effective
	var large := DreamStream.new()
	large.daemon = stream.daemon
	large.bundle = "large"
	large.threads = 1
	large.failed.connect(func(code: String, _message: String, _hint: String) -> void: errors.append(code))
	root.add_child(large)
	await large.opened
	var text := await large.save_slot()
	got["large_slot"] = text
	got["large"] = await large.restore_slot(text)
	got["all_errors"] = errors.duplicate()
	large.pause()
	while large.state != DreamStream.State.PAUSED:
		await process_frame
	var path := OS.get_environment("SLOTS").path_join("large.dream")
	got["large_file"] = await large.save_snapshot(path)
	var saved_at := await steps_of(large)
	await steps_of(large)
	got["large_back"] = await large.load_snapshot(path)
	got["large_steps"] = await steps_of(large) - saved_at
	got["large_other"] = [await large.save_snapshot(OS.get_environment("SLOTS").path_join("plain")), await large.load_snapshot("user://none.dream")]
	got["large_errors"] = errors.slice(got["all_errors"].size())
	print(JSON.stringify(got))
	quit()


func slot(named: String) -> String:
	return FileAccess.get_file_as_string(OS.get_environment("SLOTS").path_join(named))


## How many steps the bundle with the large state has made, read in the next picture.
func steps_of(large: DreamStream) -> int:
	large.step(1)
	await large.frame_ready
	return large.texture._image.get_pixel(0, 0).r8


## The condition level, read in the next picture.
func level() -> int:
	stream.step(1)
	await stream.frame_ready
	return stream.texture._image.get_pixel(10, 220).r8
