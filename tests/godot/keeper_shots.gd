extends SceneTree
## Goes through the demo game, and writes a picture of each room and page to the folder SHOTS (devtools/keeper_pictures.py).

var game: KeeperGame


func _initialize() -> void:
	await process_frame
	game = (load("res://keeper/game.tscn") as PackedScene).instantiate()
	root.add_child(game)
	while game.stream.frame_index < 30:
		await process_frame
	await shot("title")
	game.menu.open("options")
	await shot("options")
	game.menu.open("title")
	game.new_night()
	await talk_on()
	await wait(1.5)
	game.figure.position.x = 590.0
	await wait(1.5)
	await shot("study")
	game.use(spot("Maren"))
	await talk_on()
	await wait(0.5)
	await shot("question")
	game.speech.answer_with(0)
	await wait(3.0)
	await shot("answer")
	await talk_on()
	await game.go_to("gallery", 650.0)
	game.state.put({"storm": true, "oil": true, "bell": true, "saw_boat": true})
	game.talker.show_look("storm")
	game.stage.change(game.state)
	await wait(5.0)
	await shot("gallery")
	game.use(spot("Telescope"))
	await wait(3.0)
	await shot("telescope")
	await talk_on()
	await wait(1.0)
	await game.go_to("lamp_room", 560.0)
	await wait(2.0)
	await shot("lamp_room")
	game._pause(true)
	await shot("pause")
	game._pause(false)
	game.begin_watch()
	await game.watch.player.shot_began
	await wait(5.0)
	await shot("watch")
	game.watch.skip()
	while game.speech.offered.is_empty():
		await process_frame
	await wait(1.0)
	await shot("choice")
	game.speech.answer_with(0)
	await wait(4.0)
	game.watch.skip()
	while game.menu.page != "end":
		await process_frame
	await wait(1.0)
	await shot("end")
	game.menu.chosen.emit("quit")


func spot(named: String) -> KeeperSpot:
	return game.room.get_node(named)


func talk_on() -> void:
	while not game.talker.busy:
		await process_frame
	while game.talker.busy and game.speech.offered.is_empty():
		game.speech.go_on()
		await process_frame


func wait(seconds: float) -> void:
	await create_timer(seconds).timeout


func shot(named: String) -> void:
	for k in 3:
		await process_frame
	root.get_texture().get_image().save_png(OS.get_environment("SHOTS").path_join(named + ".png"))
