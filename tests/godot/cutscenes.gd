extends SceneTree
## Plays cutscenes: what the frames show, when the signals come, what can be asked, what is refused. Prints one JSON object.

var stream: DreamStream
var player: DreamCutscenePlayer
var got := {}
var errors: Array[String] = []
# [what, level in the picture, is the frame shown for which it holds]
var told: Array[Array] = []
var levels: Array[int] = []
var early := 0


func _initialize() -> void:
	await process_frame
	var folder := OS.get_environment("FOLDER")
	var story: DreamCutscene = load(folder.path_join("story.dream.json"))
	got["other"] = (load(folder.path_join("other.json")) as Resource).get_class()
	open()
	stream._session.cutscene.connect(func(m: Dictionary) -> void: early += int(stream.frame_index < int(m["frame_index"])))
	stream._cutscene.happened.connect(func(m: Dictionary) -> void: told.append(
		[m["happened"], m["name"] if m.get("name") else m["shot"], level(), stream.frame_index >= m["frame_index"]]))
	got["begun"] = await play(story)
	await happens("waiting", "open")
	got["window"] = await player.send_signal("window")
	got["open"] = await player.send_signal("open")
	var options: Array[Dictionary] = (await player.choice_offered)[0]
	got["options"] = options
	got["up"] = await player.choose("up")
	got["left"] = await player.choose("left")
	got["ended"] = await player.happens("ended")
	got["variables"] = player.variables
	got["lanes_left"] = stream._session.effective.duplicate()
	got["told"] = told.duplicate()
	got["early"] = early
	got["first"] = levels[0]
	await ask(story)
	await refuse()
	await send_files(folder)
	await go(story)
	got["errors"] = errors
	print(JSON.stringify(got))
	quit()


func open(bundle := "testcard") -> void:
	stream = DreamStream.new()
	stream.bundle = bundle
	stream.fps = 30
	stream.daemon = OS.get_environment("DAEMON")
	stream.failed.connect(func(code: String, message: String, _hint: String) -> void: errors.append("%s: %s" % [code, message]))
	stream.frame_ready.connect(func(_index: int, _revision: int) -> void: levels.append(level()))
	root.add_child(stream)
	player = DreamCutscenePlayer.new()
	player.stream = stream
	player.failed.connect(func(code: String, message: String, _hint: String) -> void: errors.append("%s: %s" % [code, message]))
	root.add_child(player)


func play(cutscene: DreamCutscene, shot := "", mark := "", at := 0.0, variables := {}) -> bool:
	player.cutscene = cutscene
	return await player.play(shot, mark, at, variables)


func level() -> int:
	var picture := stream.texture._image
	return picture.get_pixel(0, 220).r8 if picture.get_height() > 220 else -1


func happens(what: String, named := "") -> void:
	var came := await player.happens(what, named)
	if not came:
		printerr("not come: ", what, " ", named)


## Release, set, seek, skip, replace, stop, each seen in the picture or in what comes.
func ask(story: DreamCutscene) -> void:
	var slow := DreamCutscene.from_data({"format": "1.0", "name": "slow", "start": "a", "variables": {"n": {"type": "number"}}, "shots": {
		"a": {"lanes": {"level": {"keys": [{"at": 0, "value": 0}, {"at": 100, "value": 0}]}}, "marks": {"m": 1.0}, "next": "b"},
		"b": {"lanes": {"level": {"keys": [{"at": 0, "value": 1}]}}, "length": 60}}})
	await play(slow, "a", "m", 0.0, {"n": 3})
	await stream.shown(stream.direct({"level": 0.8}, 0.0))
	got["by_hand"] = level()
	got["released"] = Array(await player.release([], 0.0))
	await until_level(0)
	got["set"] = await player.set_variables({"n": 4})
	got["sought"] = await player.seek("b", "", 2.0)
	await until_level(255)
	got["n"] = player.variables["n"]
	var other: Dictionary = slow.data()
	other["shots"]["b"]["lanes"]["level"]["keys"][0]["value"] = 0.6
	got["replaced"] = await player.replace(DreamCutscene.from_data(other))
	await until_level(153)
	other["shots"]["b"]["lanes"]["level"]["keys"][0]["value"] = 6
	got["replaced_by_bad"] = await player.replace(DreamCutscene.from_data(other))
	got["plays_on"] = [player.status, player.shot]
	# Another cutscene in its place: who waits for the end of the old one is told.
	got["waits"] = "unanswered"
	wait_for_end()
	await play(story, "door")
	await process_frame
	got["waits_for_replaced"] = got["waits"]
	got["skipped"] = await player.skip()
	got["stopped"] = await player.stop()
	got["stop_ends"] = await player.happens("ended")
	got["after_end"] = [player.status, await player.happens("mark", "middle")]
	got["too_late"] = await player.choose("left")


func until_level(wanted: int) -> void:
	var until := Time.get_ticks_msec() + 20000
	while level() != wanted and Time.get_ticks_msec() < until:
		await process_frame
	if level() != wanted:
		printerr("not reached: ", wanted, ", but ", level())


func wait_for_end() -> void:
	got["waits"] = await player.happens("ended")


func refuse() -> void:
	var bad := DreamCutscene.new()
	bad.document = "{\"format\": \"1.0\", \"name\": \"bad\", \"start\": \"a\", \"shots\": {\"a\": {\n\"lanes\": {\"lvl\": {\"keys\": [{\"at\": 0}]}},\n\"next\": \"b\"}}}"
	got["bad"] = await play(bad)
	got["no_shot"] = await play(DreamCutscene.from_data({"format": "1.0", "name": "x", "start": "a", "shots": {"a": {"length": 1}}}), "z")
	got["null"] = await play(null)
	got["runs_on"] = stream.state_name


func send_files(folder: String) -> void:
	await process_frame
	stream.free()
	open("probe")
	var shown: DreamCutscene = load(folder.path_join("picture.dream.json"))
	got["files"] = shown.file_paths().keys()
	got["sent"] = shown.files().keys()
	for k in 2:
		got["picture"] = await play(shown)
		await happens("mark", "later")
	got["red"] = Array(stream.texture._image.get_data())


## What awaits returns when the node is freed.
func go(story: DreamCutscene) -> void:
	await process_frame
	stream.free()
	open()
	await play(story, "door")
	got["freed"] = "unanswered"
	wait_freed()
	await process_frame
	stream.free()
	await process_frame
	await process_frame
	open()
	await play(story, "door")
	got["freed_player"] = "unanswered"
	wait_freed_player()
	await process_frame
	player.free()
	await process_frame
	var until := Time.get_ticks_msec() + 20000
	var before := stream.frame_index
	while stream.frame_index < before + 30 and Time.get_ticks_msec() < until:
		await process_frame
	got["level_later"] = level()  # the ramp ends with the player
	stream.free()
	open()
	got["freed_early"] = "unanswered"
	play_freed(story)
	await process_frame
	stream.queue_free()
	player.queue_free()
	await process_frame
	await process_frame


func wait_freed() -> void:
	got["freed"] = await player.happens("ended")


func wait_freed_player() -> void:
	got["freed_player"] = await player.happens("ended")


func play_freed(story: DreamCutscene) -> void:
	got["freed_early"] = await play(story)
