extends SceneTree
## Takes COUNT frames of a ring that is written as fast as it goes. Each frame has one byte value, its index modulo 251. Prints how many were torn,
## how many came out of order, and how many belong to another header. AHEAD: so many more by a thread, as in a game.


func _initialize() -> void:
	var out := {}
	for part: String in ["verified", "ahead", "control", "disordered"]:
		var verify := part != "control"
		var reader: Object = (load("res://addons/dreambridge/ring/ring_reader.gd") as GDScript).new()
		var thread: Object = (load("res://addons/dreambridge/session/ring_thread.gd") as GDScript).new()
		if part == "ahead":
			thread.call("start")
			reader.set("ahead", thread.get("ahead"))
		var opened: bool = reader.call("open", OS.get_environment("RING" if part != "disordered" else "SWAPPED"))
		reader.set("verify", verify)
		var count := int(OS.get_environment("AHEAD" if part == "ahead" else "COUNT"))
		var found := {"taken": 0, "torn": 0, "disordered": 0, "other_header": 0}
		var last := -1
		var end := Time.get_ticks_msec() + int(OS.get_environment("SECONDS")) * 1000
		# The controls, one of which reads a ring whose frames are swapped in pairs, end when they have seen enough.
		while opened and Time.get_ticks_msec() < end and (found["taken"] < count if part in ["verified", "ahead"] else found["torn"] + found["disordered"] < 10):
			var pixels: PackedByteArray = reader.call("read")
			if pixels.is_empty():
				continue
			var index: int = reader.get("index")
			found["taken"] += 1
			if pixels.count(pixels[0]) != pixels.size():
				found["torn"] += 1
			elif pixels[0] != index % 251:
				found["other_header"] += 1
			if index <= last:
				found["disordered"] += 1
			last = index
		found["thrown_away"] = reader.get("torn")
		out[part] = found
		thread.call("stop")
		reader.call("close")
	print(JSON.stringify(out))
	quit()
