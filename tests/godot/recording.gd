extends SceneTree
## Records takes of a stream: from its middle on, with a cutscene and a rewind; and what cannot be recorded or written. Prints one JSON object.

var stream: DreamStream
var player: DreamCutscenePlayer
var got := {}
var errors: Array[String] = []
# Of two at the same time.
var read := 0


func _initialize() -> void:
	await process_frame
	stream = DreamStream.new()
	stream.bundle = "testcard"
	stream.fps = 30
	stream.threads = 1
	stream.daemon = OS.get_environment("DAEMON")
	stream.failed.connect(func(code: String, message: String, _hint: String) -> void: errors.append("%s: %s" % [code, message]))
	root.add_child(stream)
	got["not_open"] = await stream.record() == null
	await stream.shown(stream.direct({"level": 0.2}, 1.0), 60.0)
	var folder := OS.get_environment("FOLDER")
	var recording := await stream.record()
	got["twice"] = await stream.record() == null
	await play()
	got["so_far"] = (await recording.read()).get_slice("\n", 0)
	got["goes_on"] = recording.recording
	read_of(recording)
	read_of(recording)
	stream.direct({"level": 0.7}, 0.3)
	await frames(20)
	var whole := await recording.stop(folder.path_join("live.take.jsonl"))
	got["whole"] = whole == FileAccess.get_file_as_string(folder.path_join("live.take.jsonl")) and whole == recording.text
	got["ended"] = [recording.recording, recording.steps > 40, read]
	got["exists"] = await recording.stop(folder.path_join("live.take.jsonl"))
	got["no_folder"] = await recording.stop(folder.path_join("none/x.take.jsonl"))
	got["again"] = await recording.stop() == whole
	# A reply that never comes, and the way on.
	var torn := await stream.record(false, false)
	torn._torn = "the daemon did not answer in time."
	got["torn"] = await torn.stop()
	var old := await stream.record(false, false, true)
	var second := await stream.record(false, false, true)
	got["replaced"] = [old.recording, await old.read() == old.text, await old.stop()]
	await frames(3)
	await second.read()
	got["lives"] = [second.recording, second.steps > 0]
	# Not connected: it says so, and nothing is lost.
	var number := stream._session._number
	stream._session._number = -1
	got["away"] = [await second.stop(), second._torn]
	stream._session._number = number
	await process_frame
	stream.free()
	got["freed"] = await second.stop()
	got["errors"] = errors
	print(JSON.stringify(got))
	quit()


func read_of(recording: DreamRecording) -> void:
	await recording.read()
	read += 1


## A cutscene with a choice, a place to go back to, and the other way.
func play() -> void:
	player = DreamCutscenePlayer.new()
	player.stream = stream
	player.cutscene = DreamCutscene.from_data({"format": "1.0", "name": "x", "start": "a", "shots": {
		"a": {"lanes": {"level": {"keys": [{"at": 0, "value": 0.1}, {"at": 0.5, "value": 0.9}]}}, "next": {"choice": [
			{"id": "up", "then": "b"}, {"id": "down", "then": {"shot": "c", "cut": true, "seed": 5}}]}},
		"b": {"lanes": {"level": {"keys": [{"at": 0, "value": 1}]}}, "length": 0.3},
		"c": {"lanes": {"level": {"keys": [{"at": 0, "value": 0.4}]}}, "length": 0.3}}})
	root.add_child(player)
	await player.play()
	await player.happens("choice")
	await stream.keep("crossroads")
	await player.choose("up")
	await player.happens("ended")
	await stream.rewind({"name": "crossroads"})
	await player.choose("down")
	await player.happens("ended")


func frames(count: int) -> void:
	for k in count:
		await stream.frame_ready
