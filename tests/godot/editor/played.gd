extends Control
## A game that the editor plays: once its stream shows, it says what is on its screen in user://played.json, and goes on until it is ended.

const PATH := "user://played.json"

@onready var _stream: DreamStream = $DreamStream


func _ready() -> void:
	while _stream.frame_index < 5:
		await get_tree().process_frame
	await RenderingServer.frame_post_draw
	var screen := get_viewport().get_texture().get_image()
	var file := FileAccess.open(PATH + ".part", FileAccess.WRITE)
	file.store_string(JSON.stringify({
		"pid": OS.get_process_id(), "scene": get_tree().current_scene.scene_file_path, "epoch": _stream.info["epoch"],
		"session": _stream.info["session"], "level": screen.get_pixel(10, 220).r8,
	}))
	file.close()
	DirAccess.rename_absolute(PATH + ".part", PATH)
