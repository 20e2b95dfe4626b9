extends RefCounted
## The thread that reads a ring ahead. In games only: the editor crashes when a script of a running thread is reloaded.

const Ahead := preload("../ring/ahead.gd")
const ThreadEnd := preload("../system/thread_end.gd")

## What the thread has found. Another one for each start, for the thread before may be in the midst of a look.
var ahead: Ahead

var _thread: Thread
# Goes up with each start and stop: the thread of another run ends.
var _run := 0


func start() -> void:
	if _thread == null:
		_run += 1
		ahead = Ahead.new()
		_thread = Thread.new()
		_thread.start(_read.bind(_run, ahead))


## Never waits: the thread ends by itself.
func stop() -> void:
	if _thread:
		_run += 1
		ThreadEnd.join_later(_thread)
		_thread = null


func _read(run: int, looks: Ahead) -> void:
	while run == _run:
		OS.delay_usec(looks.look())
