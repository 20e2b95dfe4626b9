@tool
extends "checks.gd"
## The editor without the addon, with the dock hidden (twice), with the dock open, and while it plays, in turns: the ticks, the processor time, what is
## held, and how often the process reads.

const PLUGIN := "dreambridge"


func run() -> void:
	await open("res://scene_2d.tscn")
	got["parts"] = []
	for k in OS.get_environment("ROUNDS").to_int():
		var part := {}
		await show_dock(false)
		EditorInterface.set_plugin_enabled(PLUGIN, false)
		part["without"] = await measure()
		EditorInterface.set_plugin_enabled(PLUGIN, true)
		await ticks(4)
		await show_dock(false)
		part["hidden"] = await measure()
		part["hidden again"] = await measure()
		await show_dock(true)
		part["idle"] = await measure()
		preview().playing = true
		await until(func() -> bool: return dock()._stream.frame_index > 3)
		part["playing"] = await measure()
		preview().playing = false
		(got["parts"] as Array).append(part)


func measure() -> Dictionary:
	await tree.create_timer(0.5).timeout
	var seconds := OS.get_environment("PART_S").to_float()
	var times: Array[float] = []
	var busy := processor_ms()
	var read := reads()
	var begun := Time.get_ticks_usec()
	var before := begun
	while before - begun < seconds * 1e6:
		awake()
		await tree.process_frame
		var now := Time.get_ticks_usec()
		times.append((now - before) / 1000.0)
		before = now
	return {"ticks": times, "processor_ms": processor_ms() - busy, "reads": reads() - read - 2, "seconds": (before - begun) / 1e6, "held": held()}


## Without a window manager the editor has no focus, and would sleep longer than any designer's.
static func awake() -> void:
	OS.low_processor_usage_mode_sleep_usec = 6900


## Of all threads of this process.
static func processor_ms() -> float:
	var fields := FileAccess.open("/proc/self/stat", FileAccess.READ).get_line().get_slice(") ", 1).split(" ")
	return (int(fields[11]) + int(fields[12])) * 10.0


## The calls of the system by which this process has read something.
static func reads() -> int:
	var file := FileAccess.open("/proc/self/io", FileAccess.READ)
	var line := file.get_line()
	while not line.begins_with("syscr: "):
		line = file.get_line()
	return int(line.get_slice(" ", 1))
