extends SceneTree
## Plays the demo scene: noon, midnight, a walk, a talk and the storm; saves a screenshot of each and prints figures as JSON.

var out := OS.get_environment("OUT")
var figures := {}
var scene: Node
var stream: DreamStream


func _initialize() -> void:
	scene = (load("res://demo/main.tscn") as PackedScene).instantiate()
	root.add_child(scene)
	stream = scene.get_node("DreamStream")
	await stream.frame_ready
	figures["first_frame_ms"] = Time.get_ticks_msec()
	figures["noon"] = await hour(12.0)
	figures["midnight"] = await hour(0.0)
	await hour(17.0)
	key(KEY_RIGHT, true)
	await create_timer(2.4).timeout
	key(KEY_RIGHT, false)
	await create_timer(0.4).timeout
	await shot("walked")
	figures["camera"] = scene.call("place")
	key(KEY_E, true)
	key(KEY_E, false)
	await create_timer(4.0).timeout
	await shot("talked")
	figures["said"] = (scene.get_node("Hud/Speech") as Label).text
	key(KEY_SPACE, true)
	key(KEY_SPACE, false)
	await create_timer(3.0).timeout
	await shot("storm")
	for code: Key in [KEY_R, KEY_T, KEY_T, KEY_T]:
		key(code, true)
		key(code, false)
	await create_timer(3.5).timeout
	await shot("autumn_ink")
	var now: Dictionary = stream._session.effective
	figures["turned"] = [now.get("season"), now.get("style")]
	figures["hint"] = (scene.get_node("Hud/Hint") as Label).text
	figures["frames"] = stream.frame_index
	figures["adapter"] = RenderingServer.get_video_adapter_name()
	figures["method"] = RenderingServer.get_current_rendering_method()
	print(JSON.stringify(figures))
	scene.queue_free()
	await process_frame
	quit()


func key(code: Key, pressed: bool) -> void:
	var event := InputEventKey.new()
	event.physical_keycode = code
	event.keycode = code
	event.pressed = pressed
	Input.parse_input_event(event)


## The mean luminance of the painting on screen at that hour, in 0-1 (sRGB-encoded values).
func hour(h: float) -> float:
	var obeyed := await stream.shown(stream.cut({"time_of_day": h, "weather": "clear", "biome": "forest"}))
	if not obeyed:
		printerr("the stream did not obey")
	await create_timer(1.2).timeout
	var picture := await shot("hour-%02d" % int(h))
	return luminance(picture.get_region(Rect2i(376, 62, 400, 400)))


func luminance(picture: Image) -> float:
	var sum := 0.0
	for y in picture.get_height():
		for x in picture.get_width():
			sum += picture.get_pixel(x, y).get_luminance()
	return sum / (picture.get_width() * picture.get_height())


func shot(title: String) -> Image:
	await RenderingServer.frame_post_draw
	var picture := root.get_texture().get_image()
	picture.save_png(out.path_join(title + ".png"))
	return picture
