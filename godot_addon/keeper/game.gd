class_name KeeperGame
extends Node
## The game: title, rooms, talks, the watch and its end. What the painted world does is said by the looks, by the senders in the
## scene and by the cutscene.

## A room was entered, or the title, the cutscene or the end began.
signal arrived(where: String)

## "title", "room", "watch" or "end".
var mode := ""
var room: KeeperRoom:
	get:
		return stage.room
var state := KeeperState.new()
var settings := KeeperSettings.new()

var _moving := false
var _told_still := false

@onready var stream: DreamStream = $DreamStream
@onready var walk: DreamState = $Walk
@onready var visitor: KeeperVisitor = $Visitor
@onready var visitor_pose: DreamPose = $VisitorPose
@onready var talker: KeeperTalker = $Talker
@onready var watch: KeeperWatch = $Watch
@onready var sounds: KeeperSounds = $Sounds
@onready var backdrop: KeeperBackdrop = $Backdrop
@onready var controls: KeeperControls = $Controls
@onready var hud: KeeperHud = $Ui/Hud
@onready var speech: KeeperSpeech = $Ui/Speech
@onready var menu: KeeperMenu = $Ui/Menu
@onready var stage: KeeperStage = $World
@onready var figure: KeeperFigure = $World/Keeper


func _ready() -> void:
	settings.load_file()
	settings.changed.connect(_on_setting)
	menu.settings = settings
	menu.chosen.connect(_on_chosen)
	talker.state = state
	talker.speech = speech
	talker.stream = stream
	talker.done.connect(_on_done)
	for part: StringName in [&"speech", &"hud", &"settings", &"state"]:
		watch.set(part, get(part))
	watch.over.connect(_on_over)
	watch.player.shot_began.connect(_on_shot)
	figure.stepped.connect(sounds.play.bind("step"))
	_apply_settings()
	var named := OS.get_environment("DREAMBRIDGE_DAEMON")
	if named:
		stream.daemon = named
	_show_visitor(false)
	stream.failed.connect(_on_failed)
	stream.start()
	to_title()


func _process(delta: float) -> void:
	var spot := near_spot()
	figure.free = mode == "room" and not talker.busy and not _moving
	hud.hint.text = "%s   %s" % [controls.named(&"keeper_use"), spot.hint] if spot and figure.free else ""
	hud.skip.text = "%s   skip" % controls.named(&"keeper_skip") if watch.playing and not speech.visible else ""
	if room:
		stage.look_on(delta, stream.texture.average_color())


func _unhandled_input(event: InputEvent) -> void:
	if event.is_echo():
		return
	if event.is_action_pressed(&"keeper_pause") and mode in ["room", "watch"] and not menu.visible and not _moving:
		get_viewport().set_input_as_handled()
		_pause(true)
	elif event.is_action_pressed(&"keeper_use") and figure.free and not menu.visible:
		var spot := near_spot()
		if spot:
			get_viewport().set_input_as_handled()
			use(spot)


## The spot that the keeper can use now; null: none.
func near_spot() -> KeeperSpot:
	return stage.near_spot(state) if room and mode == "room" else null


func use(spot: KeeperSpot) -> void:
	figure.free = false
	if spot.leads_to and state.holds(spot.opens_if):
		sounds.play("door")
		await go_to(spot.leads_to, spot.arrives_at)
		await _save()
	elif spot.talk:
		await talker.talk(spot.talk)
		await _look_back()


## Enter a room; [param with_look]: the stream takes the look in which the room shows it.
func go_to(named: String, place: float, with_look := true) -> void:
	_moving = true
	await hud.draw_curtain(true)
	_enter(named, place)
	if with_look and room.look:
		stream.apply(room.look)
	await hud.draw_curtain(false)
	_moving = false
	arrived.emit(named)


func to_title() -> void:
	get_tree().paused = false
	watch.stop()
	talker.stop()
	mode = "title"
	stage.leave()
	hud.draw_bars(false)
	hud.curtain = 0.0
	backdrop.round_view = false
	backdrop.seen = 1.0
	walk.stream = null
	_show_visitor(false)
	talker.show_look("title")
	sounds.ambience("sea")
	sounds.music(true)
	menu.open("title")
	arrived.emit("title")


func new_night() -> void:
	state.values = KeeperState.DEFAULTS.duplicate()
	menu.close()
	_moving = true
	mode = "room"
	await hud.draw_curtain(true, 0.6)
	backdrop.seen = 0.0
	talker.show_look("evening")
	_enter("study", 200.0)
	sounds.ambience("fire")
	await talker.talk("intro")
	await hud.draw_curtain(false, 0.9)
	_moving = false
	arrived.emit("study")


## Go on where the save is. False if there is none, or if it is damaged.
func go_on() -> bool:
	var saved := KeeperState.read()
	if saved.is_empty() or not KeeperStage.ROOMS.has(saved["room"]):
		hud.tell("The save cannot be read. Begin a new night.")
		return false
	state.take(saved)
	menu.close()
	_moving = true
	mode = "room"
	await hud.draw_curtain(true, 0.4)
	backdrop.seen = 0.0
	_enter(str(saved["room"]), saved["place"] as float)
	talker.look = str(saved.get("look", ""))
	await _restore(str(saved["dream"]))
	await hud.draw_curtain(false, 0.5)
	_moving = false
	arrived.emit(stage.room_name)
	return true


## The stream as it was saved; without a daemon its still. The dream of a save that was made without a daemon is empty.
func _restore(dream: String) -> void:
	while stream.schema.is_empty() and not stream.is_hopeless():
		await get_tree().process_frame
	if dream and not stream.is_hopeless():
		var loaded := await stream.restore_slot(dream)
		if loaded["loaded"]:
			return
	if talker.look:
		talker.show_look(talker.look)
		stream.apply(room.look)


func _save() -> void:
	var dream := "" if stream.is_hopeless() else await stream.save_slot()
	if state.save(stage.room_name, figure.position.x, talker.look, dream):
		hud.tell("Saved in the log")
	else:
		hud.tell("The log cannot be written: no room on the disk?")


func _enter(named: String, place: float) -> void:
	stage.enter(named, place, stream)
	stage.change(state)
	walk.stream = stream
	sounds.ambience("fire" if named == "study" else "storm" if state.values["storm"] else "sea")


func _on_done(what: String) -> void:
	match what:
		"save":
			await _save()
		"take":
			sounds.play("take")
			stage.change(state)
		"storm":
			sounds.play("thunder")
			sounds.ambience("storm")
			stage.change(state)
		"bell":
			sounds.play("bell")
			stage.ring()
		"far":
			talker.show_look("far")
			backdrop.round_view = true
			if state.values["storm"]:
				_show_visitor(true, Vector2(0.47, 0.745), 0.0)
			backdrop.fade(1.0, 0.4)
		"watch":
			begin_watch.call_deferred()


## Back from the telescope.
func _look_back() -> void:
	if backdrop.round_view and mode == "room":
		talker.show_look("near")
		_show_visitor(false)
		await backdrop.fade(0.0, 0.4)
		backdrop.round_view = false


func begin_watch() -> void:
	mode = "watch"
	# The lanes have the camera now: what the game directs would win over them.
	walk.stream = null
	sounds.play("crank")
	if state.values["oil"]:
		create_tween().tween_property(room.get_node(^"Lens"), "burning", 0.4, 1.2)
	hud.draw_bars(true)
	backdrop.fade(1.0, 1.6)
	sounds.ambience("storm")
	arrived.emit("watch")
	await watch.begin()


func _on_shot(shot: String) -> void:
	if shot in KeeperWatch.INES_WALKS:
		_show_visitor(true, Vector2(0.2, 0.91), 30.0)


func _on_over(ending: String) -> void:
	settings.found(ending)
	mode = "end"
	await get_tree().create_timer(1.5).timeout
	if mode == "end":
		hud.draw_bars(false)
		menu.open_end(ending)
		arrived.emit("end")


## Ines, in the painted world: in shares of the screen, and whether she walks.
func _show_visitor(there: bool, place := Vector2.ZERO, speed := 0.0) -> void:
	if there == (visitor_pose.stream != null):
		return
	visitor.position = place * get_viewport().get_visible_rect().size
	visitor.speed = speed
	visitor.pace = 4.0 if speed else 0.0
	visitor_pose.stream = stream if there else null
	visitor.visible = there
	if not there:
		stream.direct({"pose": null}, 0.0)


func _pause(on: bool) -> void:
	get_tree().paused = on
	if on:
		hud.hint.text = ""
		menu.open("pause")
	else:
		menu.close()
		speech.take_focus()


func _on_chosen(what: String) -> void:
	sounds.play("tick")
	match what:
		"continue":
			if not await go_on():
				menu.open("title")
		"new":
			new_night()
		"resume":
			_pause(false)
		"leave":
			to_title()
		"quit":
			sounds.silence()
			await get_tree().create_timer(0.2, true, false, true).timeout
			get_tree().quit()


func _on_failed(code: String, _message: String, _hint: String) -> void:
	if not _told_still and stream.is_hopeless():
		_told_still = true
		hud.tell("The paint stands still: no dream daemon was found. The story goes on without it. (%s)" % code)


func _on_setting(_what: StringName) -> void:
	_apply_settings()


func _apply_settings() -> void:
	sounds.set_volumes(settings.number(&"music"), settings.number(&"effects"))
	stream.less_flashing = settings.on(&"less_flashing")
	hud.resize_text(settings.number(&"text_size"))
	speech.theme = KeeperStyle.theme(settings.number(&"text_size"))
	var full := settings.on(&"fullscreen")
	if DisplayServer.get_name() != "headless" and full != (DisplayServer.window_get_mode() == DisplayServer.WINDOW_MODE_FULLSCREEN):
		DisplayServer.window_set_mode(DisplayServer.WINDOW_MODE_FULLSCREEN if full else DisplayServer.WINDOW_MODE_WINDOWED)
