extends SceneTree
## Plays the scene SCENE as a player would: waits for its choice, clicks the button CLICK with the mouse, waits for the end. Prints one JSON object.

var got := {}


func _initialize() -> void:
	await process_frame
	root.size = Vector2i(800, 600)
	var scene: Node = (load(OS.get_environment("SCENE")) as PackedScene).instantiate()
	root.add_child(scene)
	var player: DreamCutscenePlayer = scene.get_node("DreamCutscenePlayer")
	var choices: DreamChoices = scene.get_node("DreamChoices")
	player.failed.connect(func(code: String, message: String, hint: String) -> void: print(JSON.stringify({"failed": [code, message, hint]})))
	var shots: Array[String] = []
	player.shot_began.connect(func(shot: String) -> void: shots.append(shot))
	await player.choice_offered
	await process_frame
	await process_frame
	var stream: DreamStream = scene.get_node("DreamStream")
	got["buttons"] = choices.get_children().map(func(one: Button) -> String: return one.text)
	got["focus"] = root.gui_get_focus_owner() == choices.get_child(0)
	got["picture"] = str((scene.get_node("Picture") as TextureRect).texture.get_size())
	got["asked_for"] = [stream.info["bundle"], stream.info["seed"]]
	if OS.has_environment("SHOTS"):
		await RenderingServer.frame_post_draw
		root.get_texture().get_image().save_png(OS.get_environment("SHOTS").path_join("first_game.png"))
	var button: Button = choices.get_children().filter(func(one: Button) -> bool: return one.text == OS.get_environment("CLICK"))[0]
	var at := button.get_global_rect().get_center()
	got["on_screen"] = root.get_visible_rect().encloses(button.get_global_rect())
	for pressed: bool in [true, false]:
		var click := InputEventMouseButton.new()
		click.button_index = MOUSE_BUTTON_LEFT
		click.pressed = pressed
		click.position = at
		click.global_position = at
		root.push_input(click)
		await process_frame
	await player.ended
	got["shots"] = shots
	got["left"] = choices.get_child_count()
	print(JSON.stringify(got))
	quit()
