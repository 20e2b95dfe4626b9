extends SceneTree
## Plays the demo game as a player does, with keys and a controller. Prints one JSON object. PART says what: "night" plays all of it and saves,
## "return" goes on with that save in another process, "alone" plays it without a daemon, "shipped" begins it as an exported game.

const QUICK := 4.0
const LONG_MS := 60000
# Frames until a picture is whole again after a cut.
const AWHILE := 12

var game: KeeperGame
var got := {"says": [], "messages": [], "warnings": []}


func _initialize() -> void:
	await process_frame
	Engine.time_scale = QUICK
	Engine.max_fps = 120
	game = (load("res://keeper/game.tscn") as PackedScene).instantiate()
	var stream: DreamStream = game.get_node(^"DreamStream")
	stream.threads = 1
	stream.fps = -1.0  # looks and shots pass as fast as the frames are made
	root.add_child(game)
	game.stream.failed.connect(func(code: String, message: String, _hint: String) -> void: got["warnings"].append([code, message]))
	match OS.get_environment("PART"):
		"night":
			await night()
		"return":
			await go_back()
		"alone":
			await alone()
		"shipped":
			await shipped()
	print(JSON.stringify(got))
	game.to_title()
	# What "Quit" does.
	game.menu.chosen.emit("quit")


# -- what the parts do --------------------------------------------------------------------------------------------------

func night() -> void:
	await until(func() -> bool: return game.stream.frame_index >= 0, "the first frame")
	got["focus"] = focused()
	await options()
	await begin()
	got["room"] = [game.mode, game.stage.room_name]
	await walk_to("Stair", KEY_D)
	await press(KEY_E)
	got["shut"] = game.speech.words
	await talk_on()
	got["memories"] = {}
	got["held"] = {}
	got["before"] = []
	for memory: String in ["summer", "autumn", "winter"]:
		game.state.put({"memory": ""})
		var evening := game.stream.cut((load("res://keeper/looks/evening.tres") as DreamLook).values)
		game.figure.position.x = 470.0
		await near("Maren")
		await press(KEY_E)
		await talk_on()
		await game.stream.shown(evening)
		var fresh := game.stream.frame_index
		await until(func() -> bool: return game.stream.frame_index > fresh + AWHILE, "the picture after the cut")
		got["before"].append(colours())
		for k: int in {"winter": 0, "summer": 1, "autumn": 2}[memory]:
			await press(KEY_DOWN)
		await press(KEY_E)
		await talk_on()
		await look_settled()
		got["memories"][memory] = colours()
		got["held"][memory] = [game.stream._session.effective["season"], game.stream._session.effective["weather"]]
	await pad_walk_to("Oil", -1.0)
	await pass_frames(2)
	got["hint"] = game.hud.hint.text
	await press_pad(JOY_BUTTON_A)
	await talk_on()
	got["oil"] = [game.state.values["oil"], (game.room.get_node(^"OilCan") as Node2D).visible]
	await pause_menu()
	await to_room("Stair", "gallery")
	await answer("Glass", 0)
	await look_settled()
	await answer("Telescope", -1)
	await answer("Rope", 0)
	got["story"] = game.state.values.duplicate()
	got["storm"] = colours()
	await to_room("Ladder", "lamp_room")
	await until(func() -> bool: return game.hud.message.text == "Saved in the log", "the save")
	await save_here()
	got["endings"] = {}
	for way: Array in [["light", true], ["light", false], ["wake", true], ["wake", false], ["pass", true], ["pass", false]]:
		await ending(str(way[0]), way[1] as bool)
	got["found"] = game.settings.endings()
	got["heard"] = Array(game.sounds.heard())
	game.stream.resume()


## The next pictures, after a save whose stream stands still.
func save_here() -> void:
	game.stream.pause()
	await until(func() -> bool: return game.stream.state == DreamStream.State.PAUSED, "a pause")
	undamped()
	await answered()
	# On a busy machine it was slowed, and its frames were farther apart; those of a stream that is stepped are not.
	await next_pictures()
	await game._save()
	got["next"] = await next_pictures()
	game.stream.less_flashing = game.settings.on(&"less_flashing")
	game.stream.resume()


func go_back() -> void:
	game.stream.opened.connect(game.stream.pause)
	await until(func() -> bool: return game.stream.state == DreamStream.State.PAUSED, "a pause")
	undamped()
	got["focus"] = focused()
	await press(KEY_ENTER)
	await until(func() -> bool: return game.mode == "room" and not game._moving, "the room")
	got["room"] = [game.stage.room_name, game.figure.position.x]
	got["story"] = game.state.values.duplicate()
	await answered()
	got["next"] = await next_pictures()
	await process_frame
	var screen := root.get_texture().get_image()
	got["screen"] = [screen.get_width(), screen.get_height(), mean(screen, Rect2i(Vector2i.ZERO, screen.get_size()))]
	game.stream.resume()
	await until(func() -> bool: return game.stream.frame_index > 20, "frames")


func alone() -> void:
	await until(func() -> bool: return game.stream.is_hopeless(), "nobody")
	got["messages"].append(game.hud.message.text)
	got["title"] = colours()
	await begin()
	await answer("Maren", 1)
	got["summer"] = colours()
	game.state.put({"storm": true, "saw_boat": true, "bell": true})
	await game.go_to("lamp_room", 760.0)
	await game._save()
	await game.go_on()
	got["loaded"] = [game.stage.room_name, game.state.values["memory"], colours()]
	await ending("wake", true, false)


func shipped() -> void:
	await until(func() -> bool: return game.stream.frame_index >= 0, "the first frame")
	got["main_scene"] = ProjectSettings.get_setting_with_override("application/run/main_scene")
	got["daemon"] = game.stream._session.channel.daemon
	await begin()
	got["evening"] = colours()
	await answer("Maren", 0)
	await look_settled()
	got["winter"] = colours()
	await game._save()
	got["saved"] = KeeperState.has_save()


# -- what a player does -------------------------------------------------------------------------------------------------

## A new night, to the end of what is said at its beginning.
func begin() -> void:
	await press(KEY_ENTER)
	await until(func() -> bool: return game.speech.visible, "the first words")
	await talk_on()


func options() -> void:
	await press(KEY_DOWN)
	await press(KEY_ENTER)
	got["page"] = game.menu.page
	var before := game.settings.number(&"music")
	await press(KEY_LEFT)
	got["music"] = [before, game.settings.number(&"music")]
	for k in 4:
		await press(KEY_DOWN)
	await press(KEY_ENTER)
	got["less_flashing"] = [game.settings.on(&"less_flashing"), game.stream.less_flashing]
	await press(KEY_ESCAPE)
	got["page_after"] = game.menu.page


func pause_menu() -> void:
	await press(KEY_ESCAPE)
	got["pause"] = [paused, game.menu.page, focused()]
	await press(KEY_ESCAPE)
	got["resumed"] = [paused, game.menu.visible]
	var index := game.stream.frame_index
	await until(func() -> bool: return game.stream.frame_index > index + 2, "the stream")


## One watch from the save to its end.
func ending(way: String, saw_boat: bool, loads := true) -> void:
	if loads:
		if game.mode == "room":
			for key: Key in [KEY_ESCAPE, KEY_DOWN, KEY_DOWN]:
				await press(key)
		await press(KEY_ENTER)
		await until(func() -> bool: return game.mode == "title", "the title")
		got["continues"] = focused()
		await press(KEY_ENTER)
		await until(func() -> bool: return game.mode == "room" and not game._moving, "the room")
		game.state.put({"saw_boat": saw_boat})
	await answer("Crank", 0, false)
	await until(func() -> bool: return game.watch.shot == "nightfall", "the cutscene")
	await press(KEY_SPACE)
	await until(func() -> bool: return not game.speech.offered.is_empty(), "the choice")
	var texts := {"light": "Light the lamp", "wake": "Wake the village", "pass": "Let the storm pass"}
	for k in game.speech.offered.find(str(texts[way])):
		await press(KEY_DOWN)
	await press(KEY_ENTER)
	var end := [""]
	game.watch.over.connect(func(last: String) -> void: end[0] = last, CONNECT_ONE_SHOT)
	await until(func() -> bool: return game.watch.shot not in ["", "nightfall"], "the next shot")
	while end[0] == "":
		await press(KEY_SPACE)
		await pass_frames(6)
	await until(func() -> bool: return game.menu.page == "end", "the end")
	got.get_or_add("endings", {})[end[0]] = colours()


## Use a spot, and give an answer; below 0: there is none.
func answer(spot: String, option: int, to_its_end := true) -> void:
	game.figure.position.x = (game.room.get_node(spot) as KeeperSpot).position.x
	await near(spot)
	await press(KEY_E)
	await talk_on()
	if option >= 0:
		for k in option:
			await press(KEY_DOWN)
		await press(KEY_ENTER)
		if to_its_end:
			await talk_on()
	if to_its_end:
		await until(func() -> bool: return not game.backdrop.visible, "the room again")


func to_room(spot: String, room: String) -> void:
	game.figure.position.x = (game.room.get_node(spot) as KeeperSpot).position.x
	await near(spot)
	await press(KEY_E)
	await until(func() -> bool: return game.stage.room_name == room and not game._moving, room)


## Go on until the talk is over, or an answer is wanted.
func talk_on() -> void:
	while game.talker.busy and game.speech.offered.is_empty():
		if game.speech.visible and game.speech.words not in got["says"]:
			got["says"].append(game.speech.words)
		await press(KEY_E)
	await until(func() -> bool: return game.talker.busy or game.menu.visible or game.figure.free or game.mode == "watch", "a free figure")


func walk_to(spot: String, key: Key) -> void:
	hold(key, true)
	await near(spot)
	hold(key, false)
	await pass_frames(2)


func pad_walk_to(spot: String, push: float) -> void:
	var stick := InputEventJoypadMotion.new()
	stick.axis = JOY_AXIS_LEFT_X
	stick.axis_value = push
	Input.parse_input_event(stick)
	await near(spot)
	stick = stick.duplicate()
	stick.axis_value = 0.0
	Input.parse_input_event(stick)
	await pass_frames(2)


func near(spot: String) -> void:
	await until(func() -> bool: return game.figure.free and game.near_spot() != null and game.near_spot().name == spot, "near " + spot)


func hold(key: Key, down: bool) -> void:
	var event := InputEventKey.new()
	event.physical_keycode = key
	event.keycode = key
	event.pressed = down
	Input.parse_input_event(event)


func press(key: Key) -> void:
	hold(key, true)
	await pass_frames(2)
	hold(key, false)
	await pass_frames(1)


func press_pad(button: JoyButton) -> void:
	for down: bool in [true, false]:
		var event := InputEventJoypadButton.new()
		event.button_index = button
		event.pressed = down
		Input.parse_input_event(event)
		await pass_frames(2)


# -- looking ------------------------------------------------------------------------------------------------------------

func focused() -> String:
	var owner := root.gui_get_focus_owner()
	return (owner as Button).text if owner is Button else str(owner.name) if owner else ""


## The next three pictures of a stream that stands still, as digests.
func next_pictures() -> Array:
	var digests := []
	for k in 3:
		game.stream.step(1)
		await game.stream.frame_ready
		digests.append(picture().get_data().hex_encode().sha256_text())
	return digests


## Damping goes by what this player saw in the last second, and by the clock: it is no part of a save.
func undamped() -> void:
	game.stream.less_flashing = false


## What the senders had to send was sent, and the daemon has answered it.
func answered() -> void:
	await create_timer(0.2, true, false, true).timeout
	var session := game.stream._session
	await until(func() -> bool: return session._directions.unshown.keys().all(session.is_answered), "the answers")


func look_settled() -> void:
	await answered()
	var directions := game.stream._session._directions
	await until(func() -> bool: return directions.unshown.is_empty() and not directions.moves(), "a settled look")


## The stream's picture, also in an engine without a screen, whose textures hold none.
func picture() -> Image:
	var texture := game.stream.texture
	return texture._image if texture._image else texture.get_image()


## The mean colours of 4 x 4 parts of the picture.
func colours() -> Array:
	var image := picture()
	var all := []
	for k in 16:
		var part := Vector2i(image.get_size() * 0.25)
		@warning_ignore("integer_division")
		all.append_array(mean(image, Rect2i(Vector2i(k % 4, k / 4) * part, part)))
	return all


static func mean(image: Image, part: Rect2i) -> Array:
	var small := image.get_region(part)
	small.resize(1, 1, Image.INTERPOLATE_TRILINEAR)
	var colour := small.get_pixel(0, 0)
	return [colour.r, colour.g, colour.b]


func pass_frames(count: int) -> void:
	for k in count:
		await process_frame


func until(holds: Callable, what: String) -> void:
	var end := Time.get_ticks_msec() + LONG_MS
	while not holds.call():
		if Time.get_ticks_msec() > end:
			print(JSON.stringify(got.merged({"stuck": what})))
			quit(1)
			await create_timer(1000).timeout
		await process_frame
