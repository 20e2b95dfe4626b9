extends SceneTree
## A stream is freed while its thread holds the socket, and another one in the tick in which the game quits.

var held := false
var let_go := false
var gave_up := false


func _initialize() -> void:
	await process_frame
	var stream := await opened()
	var ring: String = stream.info["ring"]
	var holder := Thread.new()
	holder.start(hold.bind(stream._session.channel._pumping))
	while not held:
		await process_frame
	await create_timer(0.2).timeout  # by now the stream's own thread waits for the socket
	stream.free()
	var waited := gave_up
	let_go = true
	holder.wait_to_finish()
	var end := Time.get_ticks_msec() + 20000
	while FileAccess.file_exists(ring) and Time.get_ticks_msec() < end:
		await process_frame
	print(JSON.stringify({"waited": waited, "closed": not FileAccess.file_exists(ring)}))
	stream = await opened()
	stream.free()
	quit()


func opened() -> DreamStream:
	var stream := DreamStream.new()
	stream.bundle = "testcard"
	stream.daemon = OS.get_environment("DAEMON")
	root.add_child(stream)
	await stream.frame_ready
	await process_frame
	return stream


## Until the stream is freed; if that waits for this one, not for ever.
func hold(socket: Mutex) -> void:
	socket.lock()
	held = true
	var end := Time.get_ticks_msec() + 10000
	while not let_go and not gave_up:
		OS.delay_msec(5)
		gave_up = Time.get_ticks_msec() > end
	socket.unlock()
