extends SceneTree
## Films the demo's village: grey at first, then painted while the figure walks and hour, weather, season and style change. Each
## picture is one of the film, whatever time it takes: the stream is paused and stepped. Saves film_NNN.png in OUT.

const RATE := 12
const STEPS := 2
const GREY_UNTIL := 10

## Picture of the film to a direction, and how long it takes; what the bundle does not know is left out.
const SCRIPT := {
	24: [{"time_of_day": 19.0}, 1.6],
	44: [{"time_of_day": 23.0, "weather": "rain"}, 1.2],
	64: [{"time_of_day": 11.0, "weather": "snow", "season": "winter"}, 1.4],
	88: [{"style": "ink", "weather": "clear"}, 0.6],
	98: [{"style": "watercolour", "season": "spring"}, 0.6],
	108: [{"style": "plain", "season": "autumn", "time_of_day": 16.5}, 0.8],
}
const LENGTH := 120

var stream: DreamStream
var view: DreamView


func _initialize() -> void:
	root.content_scale_mode = Window.CONTENT_SCALE_MODE_DISABLED
	var scene := (load("res://demo/level3d.tscn") as PackedScene).instantiate()
	root.add_child(scene)
	current_scene = scene
	stream = scene.get_node("DreamStream")
	view = scene.get_node("DreamView")
	view.read_back = 2
	(scene.get_node("Hud/Hint") as Label).hide()
	(scene.get_node("Hud/Status") as Label).hide()
	while stream.frame_view == 0:
		await process_frame
	stream.pause()
	while stream.state != DreamStream.State.PAUSED:
		await process_frame
	var walker: DemoWalker = scene.get_node("Walker")
	walker.set_process(false)
	scene.set("_painted", false)
	for k in LENGTH:
		if k == GREY_UNTIL:
			scene.set("_painted", true)
		walker.way = Vector2(0.3 if k > 4 else 0.0, 0.18 * sin(k * 0.07))
		walker.call("_process", 1.0 / RATE)
		if SCRIPT.has(k):
			await direct(SCRIPT[k][0] as Dictionary, SCRIPT[k][1] as float)
		var number := view.number
		while view.number <= number:
			await process_frame
		# that picture may have been drawn before the figure moved: the next one was not
		number = view.number
		while view.number <= number:
			await process_frame
		var index := stream.frame_index
		stream.step(STEPS)
		while stream.frame_index < index + STEPS:
			await process_frame
		await process_frame
		await RenderingServer.frame_post_draw
		root.get_texture().get_image().save_png(OS.get_environment("OUT").path_join("film_%03d.png" % k))
	print(JSON.stringify({"pictures": LENGTH, "rate": RATE}))
	quit()


func direct(values: Dictionary, over: float) -> void:
	var known := {}
	for condition: String in values:
		if stream.schema.has(condition):
			known[condition] = values[condition]
	if known:
		stream.direct(known, over)
		await process_frame
