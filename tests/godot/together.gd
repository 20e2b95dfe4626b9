extends SceneTree
## A game that plays with a daemon of its own, until the file TOGETHER is there.


func _initialize() -> void:
	var stream := DreamStream.new()
	stream.bundle = "testcard"
	stream.daemon = "trio"
	stream.python = OS.get_environment("PYTHON")
	root.add_child(stream)
	while stream.frame_index < 5 or not FileAccess.file_exists(OS.get_environment("TOGETHER")):
		await process_frame
	var seen := stream.frame_index
	while stream.frame_index < seen + 5:
		await process_frame
	print(JSON.stringify({"played": true}))
	stream.free()
	quit()
