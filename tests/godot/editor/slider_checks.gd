@tool
extends "checks.gd"
## From a slider in the dock to the changed picture in the 2D viewport, COUNT times, with the eye open.

const CostChecks := preload("cost_checks.gd")

var stream: DreamStream


func run() -> void:
	var scene := await open("res://scene_2d.tscn")
	EditorInterface.set_main_screen_editor("2D")
	stream = scene.get_node("DreamStream")
	(scene.get_node("DreamView") as DreamView).enabled = false
	await show_dock(true)
	preview().set_eye(true)
	await until(func() -> bool: return stream.frame_index > 30 and dock().conditions.row("level") != null)
	got["fps"] = stream.info["fps"]
	got["waits"] = []
	got["right"] = 0
	var steps: Array[float] = []
	for k in OS.get_environment("COUNT").to_int():
		await slide(0.2 if k % 2 else 0.8)
		steps.append(stream.step_ms)
		# At another time of the frame each time.
		await tree.create_timer(0.2 + 0.037 * (k % 5)).timeout
	steps.sort()
	got["step_ms"] = steps[steps.size() >> 1]
	await measure_ticks()
	preview().set_eye(false)
	await ticks(3)


func slide(level: float) -> void:
	CostChecks.awake()
	await tree.process_frame
	var begun := Time.get_ticks_usec()
	dock().conditions.row("level")._slider.value = level
	var end := begun + 20_000_000
	while Time.get_ticks_usec() < end:
		CostChecks.awake()
		await RenderingServer.frame_post_draw
		var drawn := Time.get_ticks_usec()
		# Reading the viewport back takes longer than a tick: only when there is something to see.
		if dock().conditions.latency_ms() >= 0 and seen() == roundi(level * 255.0):
			(got["waits"] as Array).append((drawn - begun) / 1000.0)
			got["right"] += 1
			return


func measure_ticks() -> void:
	got["ticks"] = []
	var before := Time.get_ticks_usec()
	for k in 120:
		CostChecks.awake()
		await tree.process_frame
		var now := Time.get_ticks_usec()
		(got["ticks"] as Array).append((now - before) / 1000.0)
		before = now


func seen() -> int:
	var viewport := EditorInterface.get_editor_viewport_2d()
	var at := Vector2i(viewport.global_canvas_transform * Vector2(82, 292))
	var image := viewport.get_texture().get_image()
	return image.get_pixelv(at).r8 if Rect2i(Vector2i.ZERO, image.get_size()).has_point(at) else -1
