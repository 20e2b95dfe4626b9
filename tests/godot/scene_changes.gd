extends SceneTree
## Changes the scene CHANGES times in mid-stream, after twenty to get warm; prints what the process has more then. KEEPS: the control, whose
## scenes are never freed.

const ObjectCount := preload("object_count.gd")
const WARM := 20

var kept: Array[Node] = []


func _initialize() -> void:
	var scene := packed()
	await change(scene, WARM)
	var before := await held()
	await change(scene, int(OS.get_environment("CHANGES")))
	var after := await held()
	for node in kept:
		node.free()
	print(JSON.stringify({"before": before, "after": after}))
	quit()


func packed() -> PackedScene:
	var top := Node2D.new()
	var stream := DreamStream.new()
	stream.name = "DreamStream"
	stream.bundle = OS.get_environment("BUNDLE")
	stream.daemon = OS.get_environment("DAEMON")
	stream.texture = DreamTexture.new()
	var sprite := Sprite2D.new()
	sprite.texture = stream.texture
	for node: Node in [stream, sprite]:
		top.add_child(node)
		node.owner = top
	var made := PackedScene.new()
	made.pack(top)
	top.free()
	return made


func change(scene: PackedScene, times: int) -> void:
	for k in times:
		change_scene_to_packed(scene)
		await process_frame
		await process_frame
		var stream: DreamStream = current_scene.get_node("DreamStream")
		await stream.frame_ready
		if OS.has_environment("KEEPS"):
			var mine := current_scene
			root.remove_child(mine)
			kept.append(mine)
	if current_scene:
		current_scene.queue_free()


## In kilobytes.
func held() -> Dictionary:
	var objects := await ObjectCount.settled(self)
	return {
		"objects": objects, "static_kb": OS.get_static_memory_usage() / 1024.0,
		"resident_kb": int(FileAccess.open("/proc/self/statm", FileAccess.READ).get_line().get_slice(" ", 1)) * 4.0,
		"threads": DirAccess.get_directories_at("/proc/self/task").size(), "files": DirAccess.get_files_at("/proc/self/fd").size(),
	}
