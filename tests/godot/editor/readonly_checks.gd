@tool
extends "checks.gd"
## A project that cannot be written: the stream plays in it, and what cannot be kept is said.

const Page := preload("res://addons/dreambridge/editor/environment/page.gd")


func run() -> void:
	got["written"] = FileAccess.open("res://written", FileAccess.WRITE) != null
	var scene := await open("res://scene.tscn")
	var stream: DreamStream = scene.get_node("DreamStream")
	await show_dock(true)
	preview().scene_changed()
	dock().act(&"play")
	got["plays"] = await until(func() -> bool: return stream.frame_index > 3)
	preview().playing = false
	var page: Page = EditorInterface.get_base_control().find_children("Dreambridge", "ScrollContainer", true, false)[0]
	page._switches[0].button_pressed = false
	got["said"] = page._log.text
