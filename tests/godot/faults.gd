extends SceneTree
## What a newcomer does to a DreamStream while it plays. Prints what was seen, as one JSON object.

const ObjectCount := preload("res://object_count.gd")
const Connection := preload("res://connection.gd")
var stream: DreamStream
var got := {}
var errors: Array[String] = []


func _initialize() -> void:
	await process_frame
	await properties()
	await animated()
	await again_in_the_tree()
	await paused_tree()
	await time_scale()
	await wrong_types()
	await wrong_key()
	await too_large()
	await view_joins()
	await named()
	await settles()
	await refused()
	await leaves_nothing()
	print(JSON.stringify(got))
	quit()


func open(conditions := {}) -> void:
	errors.clear()
	stream = DreamStream.new()
	stream.bundle = "testcard"
	stream.conditions = conditions
	stream.daemon = OS.get_environment("DAEMON")
	stream.failed.connect(func(code: String, message: String, _hint: String) -> void: errors.append("%s: %s" % [code, message]))
	root.add_child(stream)
	await stream.frame_ready
	await process_frame


func level() -> int:
	return stream.texture._image.get_pixel(0, 220).r8 if stream.texture._image else -1


func until(what: Callable) -> bool:
	var end := Time.get_ticks_msec() + 15000
	while not what.call() and Time.get_ticks_msec() < end:
		await process_frame
	return what.call()


## bundle, seed, fps, conditions and texture while it plays.
func properties() -> void:
	await open({"level": 0.2})
	stream.conditions = {"level": 0.6}
	got["conditions"] = await until(func() -> bool: return level() == 153)
	stream.conditions = {}
	got["unset"] = await until(func() -> bool: return stream._session.effective["level"] == null)
	stream.direct({"level": 0.8})
	await until(func() -> bool: return level() == 204)
	stream.seed = 5
	stream.fps = 10.0
	await until(func() -> bool: return stream.info.get("seed") == 5)
	await stream.frame_ready
	got["reopened"] = [stream.info["seed"], stream.info["fps"], level()]
	stream.bundle = "tetscard"
	got["wrong_bundle"] = await until(func() -> bool: return stream.state == DreamStream.State.FAILED)
	stream.bundle = "testcard"
	got["right_bundle"] = await until(func() -> bool: return stream.state == DreamStream.State.PLAYING)
	stream.texture = null
	await stream.frame_ready
	got["texture"] = stream.texture != null and stream.texture.get_width() == 256
	stream.less_flashing = true
	for k in 24:
		await stream.frame_ready
		stream.direct({"level": k % 2}, 0.0)
	got["damped"] = (await stream.stats()).get("damped", 0)
	stream.less_flashing = false
	var twin := DreamStream.new()
	twin.autostart = false
	twin.texture = stream.texture
	root.add_child(twin)
	got["shared"] = twin._get_configuration_warnings().size()
	twin.texture = DreamTexture.new()
	got["own"] = twin._get_configuration_warnings().size()
	var screen := TextureRect.new()
	screen.texture = DreamTexture.new()
	root.add_child(screen)
	got["other_texture"] = Array(stream._get_configuration_warnings())
	screen.texture = stream.texture
	got["same_texture"] = stream._get_configuration_warnings().size()
	screen.free()
	twin.free()
	await process_frame
	stream.free()


func animated() -> void:
	await open()
	var animation := Animation.new()
	var track := animation.add_track(Animation.TYPE_VALUE)
	animation.track_set_path(track, NodePath("%s:conditions/level" % stream.name))
	animation.track_insert_key(track, 0.0, 0.0)
	animation.track_insert_key(track, 1.0, 1.0)
	animation.length = 1.0
	var library := AnimationLibrary.new()
	library.add_animation("dawn", animation)
	var player := AnimationPlayer.new()
	root.add_child(player)
	player.root_node = player.get_path_to(root)
	player.add_animation_library("", library)
	var levels := {}
	stream.frame_ready.connect(func(_index: int, _revision: int) -> void: levels[level()] = true)
	player.play("dawn")
	got["animated"] = await until(func() -> bool: return level() == 255)
	got["levels"] = levels.size()
	player.free()
	await process_frame
	stream.free()


func again_in_the_tree() -> void:
	await open()
	await stream.shown(stream.direct({"level": 0.8}))
	root.remove_child(stream)
	await process_frame
	root.add_child(stream)
	await stream.frame_ready
	got["again"] = [stream.state_name, level()]
	root.remove_child(stream)
	stream.stop()
	root.add_child(stream)
	got["stopped"] = stream.state_name
	await process_frame
	stream.free()


func paused_tree() -> void:
	await open()
	paused = true
	await create_timer(0.5, true).timeout
	var before := stream.frame_index
	await create_timer(1.0, true).timeout
	paused = false
	await stream.frame_ready
	got["jump"] = stream.frame_index - before
	stream.pause()
	paused = true
	await process_frame
	paused = false
	await create_timer(0.3).timeout
	got["still_paused"] = stream.state_name
	await process_frame
	stream.free()


## Ignored, unless the stream follows it.
func time_scale() -> void:
	await open({"level": 0.2})
	stream.real_time = false  # else frames that a busy machine drops count too
	Engine.time_scale = 0.0
	var before := stream.frame_index
	got["ignored"] = await until(func() -> bool: return stream.frame_index > before + 3)
	stream.follow_time_scale = true
	got["stands"] = await until(func() -> bool: return stream.state == DreamStream.State.PAUSED)
	Engine.time_scale = 10.0
	got["goes_on"] = await until(func() -> bool: return stream.state == DreamStream.State.PLAYING)
	var begun := stream.stream_time
	got["fast"] = [await stream.settled(stream.direct({"level": 1.0}, 20.0)), stream.stream_time - begun, level()]
	got["late"] = await at_no_time()
	Engine.time_scale = 1.0
	await process_frame
	stream.free()


## While the game's time stands still: a transition keeps its seconds, resume() waits for the game, and so does a stream whose connection is lost.
func at_no_time() -> Array:
	Engine.time_scale = 0.0
	await until(func() -> bool: return stream.state == DreamStream.State.PAUSED)
	var found := []
	stream.pause()
	stream.resume()
	await stream.stats()
	await stream.stats()
	found.append(stream.state_name)
	stream.direct({"level": 0.0}, 0.0)
	var ticket := stream.direct({"level": 1.0}, 1.0)
	Engine.time_scale = 1.0
	var begun := stream.stream_time
	found.append_array([await stream.settled(ticket, 15.0), stream.stream_time - begun < 5.0])
	Connection.cut_off(stream)
	await until(func() -> bool: return stream.state == DreamStream.State.LOST)
	Engine.time_scale = 0.0
	await process_frame
	await process_frame
	stream._session.channel.rename(stream.daemon)
	found.append(await until(func() -> bool: return stream.state == DreamStream.State.PAUSED))
	Connection.cut_off(stream)
	await until(func() -> bool: return stream.state == DreamStream.State.LOST)
	Engine.time_scale = 1.0
	await process_frame
	await process_frame
	stream._session.channel.rename(stream.daemon)
	found.append(await until(func() -> bool: return stream.state == DreamStream.State.PLAYING))
	Connection.cut_off(stream)
	await until(func() -> bool: return stream.state == DreamStream.State.LOST)
	stream.pause()
	stream._session.channel.rename(stream.daemon)
	found.append(await until(func() -> bool: return stream.state == DreamStream.State.PAUSED))
	return found


func wrong_types() -> void:
	await open({"level": 0.2})
	for value: Variant in [Vector3i(), Node, print, RID(), Basis(), [Vector3i()]]:
		var shown := await stream.shown(stream.direct({"level": value}))
		if shown:
			errors.append("shown: %s" % value)
	await stream.frame_ready
	got["types"] = [errors.duplicate(), level()]
	await process_frame
	stream.free()


func wrong_key() -> void:
	await open({"levle": 1.0, "level": 0.2, "other": Vector3i()})
	await until(func() -> bool: return stream.state_name == "playing")  # its first frame may come before the reply to resume
	got["wrong_key"] = [stream.state_name, level(), errors.duplicate()]
	await process_frame
	stream.free()


## Frames that are larger than the GPU's textures, as on a weak GPU: told, and shown smaller.
func too_large() -> void:
	DreamTexture._limit = 100
	await open()
	got["too_large"] = [errors.duplicate(), stream.texture.get_size(), stream.texture._image.get_pixel(0, 0).a8]
	await stream.frame_ready
	DreamTexture._limit = 0
	await process_frame
	stream.free()


## A DreamView that gets its stream late, another one, and that comes back into the tree. What it says without a screen shows that it joined.
func view_joins() -> void:
	await open()
	var view := DreamView.new()
	var told: Array[String] = []
	view.failed.connect(func(code: String, _message: String, _hint: String) -> void: told.append(code))
	root.add_child(view)
	got["view"] = [told.size()]
	view.stream = stream
	got["view"].append(told.size())
	root.remove_child(view)
	root.add_child(view)
	got["view"].append(told.size())
	var other := DreamStream.new()
	other.autostart = false
	root.add_child(other)
	view.stream = other
	got["view"].append(told.size())
	got["left_stream"] = stream.frame_ready.get_connections().size()
	view.free()
	other.free()
	await process_frame
	stream.free()


func named() -> void:
	var own := preload("res://addons/dreambridge/system/own_daemon.gd")
	got["programs"] = [own.with_program("res://venv/bin/python"), own.with_program("/usr/bin/dreambridge"), own.with_program("python3")]
	stream = DreamStream.new()
	stream.bundle = "res://bundles/vista"
	stream.daemon = "nobody"
	root.add_child(stream)
	got["bundle"] = stream._session.want["bundle"]
	await process_frame
	stream.free()


## The end of a transition, of one that is replaced, and of one whose node is freed.
func settles() -> void:
	await open({"level": 0.0})
	var told: Array[int] = []
	stream.direction_settled.connect(func(which: int) -> void: told.append(which))
	var ticket := stream.direct({"level": 1.0}, 1.0)
	await stream.shown(ticket)
	var begun := [stream.stream_time, level()]
	var reached := await stream.settled(ticket)
	got["settled"] = [reached, stream.stream_time - begun[0] as float, begun[1], level(), told == [ticket]]
	var replaced := stream.direct({"level": 0.0}, 100.0)
	await stream.shown(replaced)
	var last := stream.direct({"level": 0.5}, 0.0)
	got["replaced"] = [await stream.settled(replaced), await stream.settled(last), level(), told.size() == 3 and replaced in told and last in told]
	var answers: Array[bool] = []
	var wait := func() -> void: answers.append(await stream.settled(stream.direct({"level": 1.0}, 100.0)))
	wait.call()
	await stream.frame_ready
	await process_frame
	stream.free()
	got["settled_freed"] = answers
	await process_frame


## A refusal names the line that directed, in the engine's words.
func refused() -> void:
	await open()
	var told: Array[String] = []
	stream.failed.connect(func(_code: String, message: String, hint: String) -> void: told.append(message + " " + hint))
	for values: Dictionary in [{"level": "bright"}, {"level": [1]}, {"level": Vector3i()}, {"levle": null}]:
		await stream.shown(stream.direct(values))
	got["refused"] = told
	await process_frame
	stream.free()


## Many scenes with a stream and the session's half of a view.
func leaves_nothing() -> void:
	var objects: Array[int] = []
	for k in 12:
		await open()
		var view: RefCounted = (load("res://addons/dreambridge/session/view.gd") as GDScript).new(stream._session)
		view.call("attach", ["label"])
		await stream.frame_ready
		view.call("detach")
		view = null
		await process_frame
		await process_frame
		stream.free()
		objects.append(await ObjectCount.settled(self))
	got["left"] = objects[-1] - objects[1]
