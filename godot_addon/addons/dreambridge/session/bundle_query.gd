extends RefCounted
## Asks a daemon for its bundles once, on a connection of its own.

const Channel := preload("../transport/channel.gd")
const ConnectionFile := preload("../system/connection_file.gd")
const TIMEOUT_MS := 5000


## [code]await ask("default", get_tree())[/code]: the daemon's list (PROTOCOL.md, the reply `bundles`); empty if none answers.
static func ask(daemon: String, tree: SceneTree) -> Array:
	if ConnectionFile.read(daemon).is_empty():
		return []
	var channel := Channel.new()
	var got := {}
	var until := Time.get_ticks_msec() + TIMEOUT_MS
	channel.start(daemon)
	while not got and Time.get_ticks_msec() < until:
		channel.begin_tick()
		var m := channel.next_event()
		while m:
			if m["type"] == "_live":
				var connection: int = m["connection"]
				channel.know(connection)
				channel.ask({"type": "bundles"}, func(reply: Dictionary) -> void: got.merge(reply))
			elif m["type"] == "error":
				got.merge(m)
			m = channel.next_event()
		await tree.process_frame
	channel.stop()
	return got.get("bundles", [])
