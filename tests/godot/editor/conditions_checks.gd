@tool
extends "checks.gd"
## Conditions in the editor: in the inspector, by an AnimationPlayer that is scrubbed, and by the button of a DreamLook.

const Known := preload("res://addons/dreambridge/conditions/known.gd")

var stream: DreamStream


func run() -> void:
	var scene := await open("res://scene_2d.tscn")
	stream = scene.get_node("DreamStream")
	(scene.get_node("DreamView") as DreamView).enabled = false
	preview().set_eye(true)
	got["plays"] = await until(func() -> bool: return stream.frame_index > 3 and level() == 102)
	await inspector()
	await scrub(scene)
	await look()
	preview().set_eye(false)
	await ticks(3)


func level() -> int:
	var image := stream._target()._image if stream._target() else null
	return image.get_pixel(0, 220).r8 if image and image.get_height() == 256 else -1


func properties(named: String) -> Array[Node]:
	return EditorInterface.get_inspector().find_children("*", "EditorProperty", true, false).filter(
		func(node: Node) -> bool: return (node as EditorProperty).get_edited_property() == named)


func inspector() -> void:
	Known.bundles = {}
	# It asks every three seconds at most, and may have asked just now.
	var end := Time.get_ticks_msec() + TIMEOUT_MS
	while not Known.bundles.has("testcard") and Time.get_ticks_msec() < end:
		EditorInterface.edit_node(stream.get_parent())
		await ticks(2)
		EditorInterface.edit_node(stream)
		await tree.create_timer(1.0).timeout
	got["listed"] = Known.bundles.has("testcard")
	got["in_the_inspector"] = await until(func() -> bool: return not properties("conditions/level").is_empty())
	var property: EditorProperty = properties("conditions/level")[0]
	got["checked"] = [property.checkable, property.checked]
	got["metadata"] = EditorInterface.get_editor_settings().get_project_metadata("dreambridge", "bundles", {}).has("testcard")
	property.emit_changed("conditions/level", 0.8)
	got["edited"] = await until(func() -> bool: return level() == 204)
	got["kept_schema"] = stream.known_schema.get("bundle")
	await tooltips()


## The mouse over a condition's name finds what the bundle says of it, and a click there still reaches the property.
func tooltips() -> void:
	await until(func() -> bool: return properties("conditions/level")[0].has_node(^"DreamTip"))
	var property: EditorProperty = properties("conditions/level")[0]
	EditorInterface.get_inspector().ensure_control_visible(property)
	await ticks(3)
	var tip := await under_the_mouse(property, 0.2)
	got["tip"] = texts(tip.call(&"_make_custom_tooltip", "") as Node) if tip.has_method(&"_make_custom_tooltip") else [str(tip)]
	got["beside_the_tip"] = (await under_the_mouse(property, 0.8)).has_method(&"_make_custom_tooltip")
	var texture: EditorProperty = properties("seed")[0]
	EditorInterface.get_inspector().ensure_control_visible(texture)
	await ticks(3)
	got["no_tip"] = (await under_the_mouse(texture, 0.2)).has_method(&"_make_custom_tooltip")
	property = properties("conditions/level")[0]
	EditorInterface.get_inspector().ensure_control_visible(property)
	await ticks(3)
	for pressed: bool in [true, false]:
		var click := InputEventMouseButton.new()
		click.position = spot_of(property, 0.2)
		click.global_position = click.position
		click.button_index = MOUSE_BUTTON_LEFT
		click.pressed = pressed
		property.get_viewport().push_input(click)
		await ticks(2)
	got["selected"] = property.is_selected()


func spot_of(control: Control, share: float) -> Vector2:
	return control.get_global_transform_with_canvas() * (control.size * Vector2(share, 0.5))


func under_the_mouse(control: Control, share: float) -> Control:
	var move := InputEventMouseMotion.new()
	move.position = spot_of(control, share)
	move.global_position = move.position
	control.get_viewport().push_input(move)
	await ticks(2)
	return control.get_viewport().gui_get_hovered_control()


static func texts(tooltip: Node) -> Array:
	var said := tooltip.find_children("*", "Label", true, false).map(func(label: Node) -> String: return (label as Label).text)
	tooltip.free()
	return said


func scrub(scene: Node) -> void:
	var animation := Animation.new()
	var track := animation.add_track(Animation.TYPE_VALUE)
	animation.track_set_path(track, "DreamStream:conditions/level")
	animation.track_insert_key(track, 0.0, 0.0)
	animation.track_insert_key(track, 1.0, 1.0)
	var library := AnimationLibrary.new()
	library.add_animation("dawn", animation)
	var player := AnimationPlayer.new()
	scene.add_child(player)
	player.add_animation_library("", library)
	player.assigned_animation = "dawn"
	player.seek(0.25, true)
	got["scrubbed"] = await until(func() -> bool: return level() == 64)
	player.seek(1.0, true)
	got["scrubbed_on"] = await until(func() -> bool: return level() == 255)
	player.free()


func look() -> void:
	var dusk := DreamLook.new()
	dusk.bundle = "testcard"
	dusk.over = 0.0
	dusk.set("conditions/level", 0.2)
	EditorInterface.edit_resource(dusk)
	await ticks(5)
	var buttons := EditorInterface.get_inspector().find_children("*", "VBoxContainer", true, false).filter(
		func(node: Node) -> bool: return node.has_method(&"apply"))
	got["button"] = buttons.size()
	got["applied"] = buttons[0].call(&"apply") if buttons else 0
	got["look"] = await until(func() -> bool: return level() == 51)
	preview().set_eye(false)
	# The dock and the cutscene editor may play a stream of their own.
	preview().playing = false
	preview().followed = false
	await ticks(3)
	got["none_runs"] = buttons[0].call(&"apply") if buttons else -1
	got["told"] = (buttons[0].get(&"_told") as Label).text if buttons else ""
	EditorInterface.edit_node(stream)
	await ticks(3)
