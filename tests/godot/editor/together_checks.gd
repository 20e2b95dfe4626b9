@tool
extends "checks.gd"
## An editor that plays with a daemon of its own, until the file TOGETHER is there.


func run() -> void:
	await open("res://scene_2d.tscn")
	await show_dock(true)
	dock().daemon_box._on_path(OS.get_environment("PYTHON"))
	preview().playing = true
	got["plays"] = await until(func() -> bool: return dock()._stream.frame_index > 5)
	await until(func() -> bool: return FileAccess.file_exists(OS.get_environment("TOGETHER")))
	var seen := dock()._stream.frame_index
	got["played"] = await until(func() -> bool: return dock()._stream.frame_index > seen + 5)
