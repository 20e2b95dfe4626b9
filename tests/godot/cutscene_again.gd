extends SceneTree
## Plays a long cutscene while the daemon is killed and comes back; prints each frame's level from the picture, as JSON lines.

var stream: DreamStream
var player: DreamCutscenePlayer


func _initialize() -> void:
	await process_frame
	stream = DreamStream.new()
	stream.bundle = "testcard"
	stream.fps = 30
	stream.daemon = OS.get_environment("DAEMON")
	stream.state_changed.connect(func(_now: DreamStream.State, _why: String) -> void: print(JSON.stringify({"state": stream.state_name})))
	root.add_child(stream)
	stream.frame_ready.connect(_on_frame)
	player = DreamCutscenePlayer.new()
	player.stream = stream
	player.cutscene = load(OS.get_environment("STORY"))
	root.add_child(player)
	var begun := await player.play("", "", 0.0, {"n": 3})
	print(JSON.stringify({"begun": begun}))
	while not FileAccess.file_exists(OS.get_environment("QUIT")):
		await process_frame
	quit()


func _on_frame(_index: int, _revision: int) -> void:
	var level := stream.texture._image.get_pixel(0, 220).r8
	print(JSON.stringify({"level": level, "epoch": stream.info["epoch"], "variables": player.variables, "shot": player.shot}))
