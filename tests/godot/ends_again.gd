extends SceneTree
## The daemon that a stream starts with PYTHON is killed again and again, until the stream gives up; then it is started once more.

const ConnectionFile := preload("res://addons/dreambridge/system/connection_file.gd")
const OwnDaemon := preload("res://addons/dreambridge/system/own_daemon.gd")
const State := DreamStream.State

var _errors: Array[String] = []


func _initialize() -> void:
	var stream := DreamStream.new()
	stream.failed.connect(func(code: String, message: String, hint: String) -> void: _errors.append("%s|%s|%s" % [code, message, hint]))
	stream.bundle = "testcard"
	stream.daemon = "doomed"
	stream.python = OS.get_environment("PYTHON")
	root.add_child(stream)
	var ends := 0
	while await _until(stream, [State.PLAYING, State.FAILED]) == State.PLAYING and ends < 9:
		_kill()
		ends += 1
		await _until(stream, [State.LOST])
	var after := stream.state
	var said := _errors.duplicate()
	stream.start()
	var again := await _until(stream, [State.PLAYING])
	stream.stop()
	_kill()
	print(JSON.stringify({"ends": ends, "failed": after == State.FAILED, "errors": said, "again": again == State.PLAYING}))
	quit()


func _kill() -> void:
	var pid: int = ConnectionFile.read(OwnDaemon.private_name("doomed"))["pid"]
	OS.kill(pid)


func _until(stream: DreamStream, states: Array) -> State:
	var until := Time.get_ticks_msec() + 40000
	while stream.state not in states and Time.get_ticks_msec() < until:
		await process_frame
	return stream.state
