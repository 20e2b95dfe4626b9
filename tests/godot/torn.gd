extends SceneTree
## Reads a ring that is written as fast as it goes, each frame of one byte value; counts frames that hold two. READS: so many, and not for
## four seconds. ONLY: verified, or the control. "ahead": in a thread, as in a game.


func _initialize() -> void:
	var out := {}
	var reads := OS.get_environment("READS").to_int()
	var only := OS.get_environment("ONLY")
	for part: String in ["verified", "ahead", "control"]:
		if only and only != part:
			continue
		var verify := part != "control"
		var reader: Object = (load("res://addons/dreambridge/ring/ring_reader.gd") as GDScript).new()
		var thread: Object = (load("res://addons/dreambridge/session/ring_thread.gd") as GDScript).new()
		if part == "ahead":
			thread.call("start")
			reader.set("ahead", thread.get("ahead"))
		var opened: bool = reader.call("open", OS.get_environment("RING"))
		reader.set("verify", verify)
		var taken := 0
		var torn := 0
		# Four seconds at least; on a machine where the writer nearly always wins, as long as it takes to see enough.
		var begun := Time.get_ticks_msec()
		while opened and (taken < reads if reads else Time.get_ticks_msec() - begun < (4000 if (taken > 200 if verify else torn > 0) else 25000)):
			var pixels: PackedByteArray = reader.call("read")
			if not pixels.is_empty():
				taken += 1
				if pixels.count(pixels[0]) != pixels.size():
					torn += 1
		out[part] = {"taken": taken, "torn": torn, "thrown_away": reader.get("torn"), "in_a_thread": reader.get("ahead") != null and (reader.get("ahead") as Object).call("follows")}
		thread.call("stop")
		reader.call("close")
	if not only:
		out["sleeps"] = sleeps()
	print(JSON.stringify(out))
	quit()


## How long the thread would sleep after each look at the ring, in usec.
func sleeps() -> Array[int]:
	var reader: Object = (load("res://addons/dreambridge/ring/ring_reader.gd") as GDScript).new()
	var ahead: Object = (load("res://addons/dreambridge/ring/ahead.gd") as GDScript).new()
	reader.set("ahead", ahead)
	var found: Array[int] = [ahead.call("look")]
	reader.call("open", OS.get_environment("RING"))
	for k in 20:
		OS.delay_msec(1 if k != 10 else 200)
		found.append(ahead.call("look"))
	return found
