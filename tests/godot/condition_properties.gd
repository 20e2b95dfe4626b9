extends SceneTree
## The conditions of a bundle as properties of a DreamStream and a DreamConditions: listed, saved, reverted, kept without a daemon.

const Query := preload("res://addons/dreambridge/session/bundle_query.gd")
const Known := preload("res://addons/dreambridge/conditions/known.gd")

var got := {}
var errors: Array[String] = []


func _initialize() -> void:
	await process_frame
	await listed()
	saved()
	unknown()
	await live()
	await preset()
	converted()
	print(JSON.stringify(got))
	quit()


func stream_of(bundle: String) -> DreamStream:
	var stream := DreamStream.new()
	stream.bundle = bundle
	stream.autostart = false
	stream.daemon = OS.get_environment("DAEMON")
	stream.failed.connect(func(code: String, message: String, _hint: String) -> void: errors.append("%s: %s" % [code, message]))
	return stream


func shown(object: Object) -> Dictionary:
	var found := {}
	for p in object.get_property_list():
		if str(p["name"]).begins_with("conditions/"):
			found[str(p["name"]).trim_prefix("conditions/")] = [p["type"], p["hint"], p["hint_string"], p["usage"]]
	return found


## What the daemon lists, without a stream.
func listed() -> void:
	var stream := stream_of("vista")
	got["before"] = shown(stream).size()
	Known.take(await Query.ask(OS.get_environment("DAEMON"), self))
	got["nobody"] = (await Query.ask("nobody", self)).size()
	got["listed"] = shown(stream)
	for p in stream.get_property_list():
		if p["name"] == "bundle":
			got["bundles"] = [p["hint"], str(p["hint_string"]).split(",")]
	got["unset"] = [stream.get("conditions/weather"), stream.get("conditions/time_of_day"), stream.property_can_revert("conditions/weather")]
	stream.set("conditions/weather", "storm")
	stream.set("conditions/camera_zoom", 0.0)  # what the check box of the inspector sets
	got["checked"] = stream.conditions.duplicate()
	got["revert"] = [stream.property_can_revert("conditions/weather"), stream.property_get_revert("conditions/weather")]
	stream.set("conditions/weather", null)
	stream.set("conditions/camera_zoom", null)
	got["unchecked"] = stream.conditions.size()
	stream.free()


## A scene and a resource with conditions, saved and loaded again where nothing is known of bundles.
func saved() -> void:
	var stream := stream_of("vista")
	stream.remember()
	stream.set("conditions/weather", "storm")
	stream.set("conditions/season", &"winter")
	stream.set("conditions/reference", GradientTexture2D.new())
	var scene := PackedScene.new()
	scene.pack(stream)
	ResourceSaver.save(scene, "user://scene.tscn")
	var look := DreamConditions.new()
	look.remember()
	look.set("conditions/time_of_day", 22.5)
	ResourceSaver.save(look, "user://look.tres")
	var bundles := Known.bundles
	Known.bundles = {}
	var again: DreamStream = (ResourceLoader.load("user://scene.tscn", "", ResourceLoader.CACHE_MODE_IGNORE) as PackedScene).instantiate()
	var look_again: DreamConditions = ResourceLoader.load("user://look.tres", "", ResourceLoader.CACHE_MODE_IGNORE)
	got["offline"] = [shown(again).size(), shown(look_again).size(), again.get("conditions/weather"), str(again.get("conditions/season"))]
	got["offline_look"] = look_again.values
	got["offline_picture"] = again.conditions["reference"] is Texture2D
	got["text"] = FileAccess.get_file_as_string("user://scene.tscn")
	again.free()
	stream.free()
	var old := "[gd_scene load_steps=2 format=3]\n[ext_resource type=\"Script\" path=\"res://addons/dreambridge/dream_stream.gd\" id=\"1\"]\n"
	old += "[node name=\"S\" type=\"Node\"]\nscript = ExtResource(\"1\")\nconditions = {\n\"weather\": \"storm\"\n}\n"
	FileAccess.open("user://old.tscn", FileAccess.WRITE).store_string(old)
	var before: DreamStream = (ResourceLoader.load("user://old.tscn", "", ResourceLoader.CACHE_MODE_IGNORE) as PackedScene).instantiate()
	got["older_scene"] = before.conditions
	before.free()
	Known.bundles = bundles


## A condition that the bundle does not have.
func unknown() -> void:
	var stream := stream_of("testcard")
	root.add_child(stream)
	stream.set("conditions/weather", "storm")
	stream.set("conditions/level", 0.25)
	got["unknown"] = [shown(stream).keys(), stream._get_configuration_warnings()]
	var look := DreamConditions.new()
	look.bundle = "testcard"
	look.values = {"weather": "fog", "level": 1.0}
	got["unknown_look"] = look.unknown_conditions()
	stream.free()


func level(stream: DreamStream) -> int:
	return stream.texture._image.get_pixel(0, 220).r8 if stream.texture and stream.texture._image else -1


func until(what: Callable) -> bool:
	var end := Time.get_ticks_msec() + 20000
	while not what.call() and Time.get_ticks_msec() < end:
		await process_frame
	return what.call()


## What changes in a tick is one direction; a Tween begins at what holds, or at the default.
func live() -> void:
	var stream := stream_of("testcard")
	root.add_child(stream)
	var opened := [0]
	stream.opened.connect(func() -> void: opened[0] += stream.schema.size())
	stream.start()
	await stream.frame_ready
	got["opened"] = opened[0]
	var revision := stream.frame_revision
	for value: float in [0.9, 0.3, 0.6, 1.0]:
		stream.set("conditions/level", value)
	got["reached"] = await until(func() -> bool: return level(stream) == 255)
	got["revisions"] = stream.frame_revision - revision
	stream.set("conditions/level", null)
	got["back"] = await until(func() -> bool: return stream._session.effective.get("level") == null)
	var seen := {}
	stream.frame_ready.connect(func(_index: int, _revision: int) -> void: seen[level(stream)] = true)
	var tween := create_tween()
	tween.tween_property(stream, "conditions/level", 1.0, 0.8)
	await tween.finished
	got["tweened"] = await until(func() -> bool: return level(stream) == 255 and seen.size() > 2)
	got["tween_steps"] = seen.size()
	got["tween_least"] = (seen.keys().min() as int) if seen else 0
	await process_frame
	stream.free()


func preset() -> void:
	var stream := stream_of("testcard")
	var look := DreamConditions.new()
	look.bundle = "testcard"
	look.set("conditions/level", 0.2)
	stream.preset = look
	root.add_child(stream)
	stream.start()
	await stream.frame_ready
	got["preset"] = [level(stream), stream.get("conditions/level")]
	look.set("conditions/level", 0.4)
	got["preset_changed"] = await until(func() -> bool: return level(stream) == 102)
	stream.set("conditions/level", 0.8)
	got["own_wins"] = await until(func() -> bool: return level(stream) == 204)
	stream.set("conditions/level", null)
	got["preset_again"] = await until(func() -> bool: return level(stream) == 102)
	stream.preset = null
	got["preset_gone"] = await until(func() -> bool: return stream._session.effective.get("level") == null)
	await process_frame
	stream.free()


func converted() -> void:
	var properties := preload("res://addons/dreambridge/conditions/properties.gd")
	var schema := {"tint": {"kind": "vector", "size": 3}, "amount": {"kind": "number"}, "prompt": {"kind": "text"}, "at": {"kind": "vector", "size": 2}}
	got["converted"] = properties.to_send(schema, {"tint": Color.RED, "amount": true, "prompt": "  ", "at": Vector2(1, 2)})
	got["kinds"] = properties.list({
		"tint": {"kind": "vector", "size": 3, "default": 0.5}, "curve": {"kind": "vector", "size": 5}, "pulse": {"kind": "event"},
		"odd": {"kind": "choice", "options": ["a,b", "c"]}, "new": {"kind": "hologram"},
	}, {}).map(func(p: Dictionary) -> Array: return [p["name"], p["type"]])
	got["errors"] = errors
