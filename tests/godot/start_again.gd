extends SceneTree
## The game's own daemon is started, stopped and started in one tick, while the first process is still being made in its thread.

const OwnDaemon := preload("res://addons/dreambridge/system/own_daemon.gd")
const ThreadEnd := preload("res://addons/dreambridge/system/thread_end.gd")


func _initialize() -> void:
	_run.call_deferred()


func _run() -> void:
	var command: PackedStringArray = [OS.get_environment("PROGRAM"), "-c", "import time; time.sleep(300)", OS.get_environment("MARK")]
	OwnDaemon.start(command, "twice")
	OwnDaemon.stop("twice")
	OwnDaemon.start(command, "twice")
	while not ThreadEnd._ending.is_empty():
		await process_frame
	await process_frame
	var runs := OwnDaemon.runs("twice")
	OwnDaemon.stop_all()
	print(JSON.stringify({"ran": runs}))
	quit()
