extends SceneTree
## What a stream says of the daemon NAME when it does not get in, or of none.


func _initialize() -> void:
	var stream := DreamStream.new()
	var errors: Array[String] = []
	stream.failed.connect(func(code: String, message: String, hint: String) -> void: errors.append("%s|%s|%s" % [code, message, hint]))
	stream.daemon = OS.get_environment("NAME")
	root.add_child(stream)
	var until := Time.get_ticks_msec() + 25000
	while errors.is_empty() and Time.get_ticks_msec() < until:
		await process_frame
	stream.stop()
	print(JSON.stringify({"errors": errors}))
	quit()
