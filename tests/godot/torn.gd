extends SceneTree
## Reads a ring that is written as fast as it goes, each frame of one byte value; counts frames that hold two. READS: so many, and not for
## four seconds. ONLY: verified, or the control.


func _initialize() -> void:
	var out := {}
	var reads := OS.get_environment("READS").to_int()
	var only := OS.get_environment("ONLY")
	for verify: bool in [true, false]:
		if only and only != ("verified" if verify else "control"):
			continue
		var reader: Object = (load("res://addons/dreambridge/ring/ring_reader.gd") as GDScript).new()
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
		out["verified" if verify else "control"] = {"taken": taken, "torn": torn, "thrown_away": reader.get("torn")}
	print(JSON.stringify(out))
	quit()
