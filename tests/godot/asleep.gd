extends SceneTree
## A game whose main thread is busy (it loads a level) while the daemon ends and another one starts; then it directs at once,
## before the stream has had a tick to learn of it. Told by the file BACK that the other daemon is there.

var failures: Array[String] = []


func _initialize() -> void:
	var stream := DreamStream.new()
	stream.bundle = "testcard"
	stream.daemon = OS.get_environment("DAEMON")
	stream.failed.connect(func(code: String, message: String, _hint: String) -> void: failures.append("%s: %s" % [code, message]))
	root.add_child(stream)
	await stream.frame_ready
	var epoch: int = stream.info["epoch"]
	print(JSON.stringify({"ready": true}))
	var channel := stream._session.channel
	while not FileAccess.file_exists(OS.get_environment("BACK")) or channel._connections < 2:
		OS.delay_msec(20)
	var known := stream.state_name
	var shown := await stream.shown(stream.direct({"level": 0.8}))
	print(JSON.stringify({"known": known, "failures": failures, "shown": shown, "another": stream.info["epoch"] != epoch}))
	quit()
