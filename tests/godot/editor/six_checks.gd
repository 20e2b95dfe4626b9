@tool
extends "checks.gd"
## An AnimationPlayer with six conditions is scrubbed in the editor; the six bands are read in the viewport.

const Bands := preload("res://band_animation.gd")
# Never backwards over a key of the choice: Godot (4.6.3) gives a discrete track the later key then, whatever it keys.
const PLACES: Array[float] = [0.0, 0.7, 1.3, 2.4, 3.0, 0.0, 1.3]

var stream: DreamStream
var seen: Array[int] = []


func run() -> void:
	var scene := await open("res://scene_2d.tscn")
	EditorInterface.set_main_screen_editor("2D")
	stream = scene.get_node("DreamStream")
	stream.bundle = OS.get_environment("BUNDLE")
	(scene.get_node("DreamView") as DreamView).enabled = false
	await show_dock(true)
	preview().set_eye(true)
	got["plays"] = await until(func() -> bool: return stream.frame_index > 3)
	var animation := Bands.animation()
	var player := Bands.player(scene, animation)
	player.owner = scene
	# By the ruler of the editor's own animation panel, as a hand would drag it.
	EditorInterface.edit_node(player)
	EditorInterface.get_selection().clear()
	EditorInterface.get_selection().add_node(player)
	await ticks(10)
	var panel := EditorInterface.get_base_control().find_children("*", "AnimationTrackEditor", true, false)[0]
	got["right"] = []
	got["places"] = []
	for place in PLACES:
		panel.emit_signal(&"timeline_changed", place, false, false)
		var wanted := Bands.at(animation, place)
		(got["right"] as Array).append(await until(func() -> bool: return is_near(wanted)))
		(got["places"] as Array).append({"at": place, "wanted": wanted, "viewport": seen.duplicate()})
	await shot("six")
	player.free()
	preview().set_eye(false)
	await ticks(3)


func is_near(wanted: Array[int]) -> bool:
	seen = bands()
	return seen.size() == wanted.size() and range(6).all(func(k: int) -> bool: return absi(seen[k] - wanted[k]) <= 1)


## The bands of the sprite in the editor's viewport.
func bands() -> Array[int]:
	var sprite: Sprite2D = EditorInterface.get_edited_scene_root().get_node("Sprite")
	var viewport := EditorInterface.get_editor_viewport_2d()
	var image := viewport.get_texture().get_image()
	var found: Array[int] = []
	for k in 6:
		var at := Vector2i(viewport.global_canvas_transform * (sprite.global_position + Vector2(60, (k + 0.5) * 32.0 - 128.0)))
		found.append(image.get_pixelv(at).r8 if Rect2i(Vector2i.ZERO, image.get_size()).has_point(at) else -1)
	return found
