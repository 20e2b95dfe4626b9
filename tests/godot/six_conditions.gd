extends SceneTree
## An AnimationPlayer keys six conditions of the bundle of bands (devtools/bench/godot/bands.py); prints the bands of each frame, and what the
## animation says for each hundredth of a second.

const Bands := preload("band_animation.gd")


func _initialize() -> void:
	var stream := DreamStream.new()
	stream.name = "DreamStream"
	stream.bundle = OS.get_environment("BUNDLE")
	stream.daemon = OS.get_environment("DAEMON")
	root.add_child(stream)
	await stream.opened
	var animation := Bands.animation()
	var player := Bands.player(root, animation)
	player.seek(0.0, true)
	await stream.shown(stream.direct({}))
	var frames := []
	stream.frame_ready.connect(func(_index: int, _revision: int) -> void: frames.append(Bands.read(stream.texture._image)))
	player.play("bands")
	await player.animation_finished
	var seen := stream.frame_index
	while stream.frame_index < seen + 8:
		await process_frame
	print(JSON.stringify({"frames": frames, "says": Bands.says(animation)}))
	quit()
