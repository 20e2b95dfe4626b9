extends SceneTree
## The longest time that the main thread is in the addon's own calls, while the daemon starts, stands still for SECONDS, dies, and while the
## port of PEERS answers something else. Prints the milliseconds as JSON; "idle" is a spin of 0.3 ms in the same ticks, which shows what the
## machine itself adds.

const Bracket := preload("bracket.gd")
const OwnDaemon := preload("res://addons/dreambridge/system/own_daemon.gd")
const ConnectionFile := preload("res://addons/dreambridge/system/connection_file.gd")
const SPIN_USEC := 300

var out := {}
var bracket: Bracket
var idle: Bracket
var spinner := Node.new()


func _initialize() -> void:
	bracket = Bracket.new(root, -101, -99)
	idle = Bracket.new(root, 10, 12)
	spinner.set_script(preload("on_process.gd"))
	spinner.set(&"then", spin)
	spinner.process_priority = 11
	root.add_child(spinner)
	var seconds := float(OS.get_environment("SECONDS"))
	await own_daemon(seconds)
	for peer in OS.get_environment("PEERS").split(" "):
		var stream := open(peer, "")
		stream.start()
		await ticks_for(seconds)
		tell(peer, call_ms(stream.stop))
		await ticks_for(0.2)
		stream.free()
	print(JSON.stringify(out))
	quit()


func own_daemon(seconds: float) -> void:
	var stream := open("stalls", OS.get_environment("PYTHON"))
	bracket.take()
	idle.take()
	var begun := call_ms(stream.start)
	await until(func() -> bool: return stream.frame_index > 20)
	tell("starts", begun)
	out["states"] = []
	stream.state_changed.connect(func(_now: DreamStream.State, _why: String) -> void: (out["states"] as Array).append(stream.state_name))
	# On POSIX only: by a shell, and not in the bracket.
	var pid := str(ConnectionFile.read(stream._session.channel.daemon)["pid"])
	OS.execute("kill", ["-STOP", pid])
	await ticks_for(seconds)
	OS.execute("kill", ["-CONT", pid])
	var seen := stream.frame_index
	await until(func() -> bool: return stream.frame_index > seen + 10)
	tell("stands still", 0.0)
	OS.execute("kill", ["-KILL", pid])
	var epoch: int = stream.info["epoch"]
	await until(func() -> bool: return stream.info.get("epoch") != epoch and stream.frame_index > 10)
	tell("dies", 0.0)
	tell("is left", call_ms(stream.stop))
	OwnDaemon.stop_all()
	stream.free()
	bracket.take()
	idle.take()


func open(daemon: String, python: String) -> DreamStream:
	var stream := DreamStream.new()
	stream.bundle = "testcard"
	stream.daemon = daemon
	stream.python = python
	stream.autostart = false
	root.add_child(stream)
	return stream


func tell(phase: String, in_a_call: float) -> void:
	var times := bracket.take()
	var spins := idle.take()
	out[phase] = {
		"longest": maxf(in_a_call, times.max() as float if times else 0.0),
		"call": in_a_call, "ticks": times.size(),
		"idle": (spins.max() as float if spins else 0.0) - SPIN_USEC / 1000.0,
	}


func call_ms(what: Callable) -> float:
	var begun := Time.get_ticks_usec()
	what.call()
	return (Time.get_ticks_usec() - begun) / 1000.0


func spin() -> void:
	var end := Time.get_ticks_usec() + SPIN_USEC
	while Time.get_ticks_usec() < end:
		pass


func ticks_for(seconds: float) -> void:
	var end := Time.get_ticks_msec() + seconds * 1000
	while Time.get_ticks_msec() < end:
		await process_frame


func until(what: Callable) -> void:
	var end := Time.get_ticks_msec() + 60000
	while not what.call():
		if Time.get_ticks_msec() > end:
			push_error("waited in vain: ", get_stack())
			quit(1)
		await process_frame
