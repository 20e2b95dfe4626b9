extends SceneTree
## The adapter of the addon for the session scenarios (PROTOCOL.md, part 6): `dreambridge conformance --tcp --client "godot …"`.
## Commands come by a connection to the port in DREAMBRIDGE_CONFORMANCE_PORT, since the engine's output is the engine's own.

const View := preload("res://addons/dreambridge/session/view.gd")
const Messages := preload("res://addons/dreambridge/protocol/messages.gd")

var stream: DreamStream
var view: View
var tickets := {}
var answers := {}
var errors: Array[String] = []
var control := StreamPeerTCP.new()
var received := ""


func _initialize() -> void:
	control.connect_to_host("127.0.0.1", OS.get_environment("DREAMBRIDGE_CONFORMANCE_PORT").to_int())
	while control.get_status() == StreamPeerTCP.STATUS_CONNECTING:
		control.poll()
		await process_frame
	say({"client": "godot addon %s" % Messages.ADDON, "cannot": []})
	while control.get_status() == StreamPeerTCP.STATUS_CONNECTED:
		control.poll()
		var there := control.get_available_bytes()
		if there > 0:
			received += control.get_utf8_string(there)
		while received.contains("\n"):
			var line := received.get_slice("\n", 0)
			received = received.substr(line.length() + 1)
			var command: Dictionary = JSON.parse_string(line)
			if command["do"] == "quit":
				stop()
				quit()
				return
			say(do(command))
		await process_frame
	quit(1)


func say(what: Dictionary) -> void:
	control.put_data((JSON.stringify(what) + "\n").to_utf8_buffer())


func do(command: Dictionary) -> Dictionary:
	var title: String = command.get("as", "-")
	var values: Dictionary = command.get("values", {})
	match command["do"]:
		"start":
			start(command)
		"stop":
			stop()
		"look":
			return look()
		"direct":
			var over: float = command.get("over", -1.0)
			var easing: String = command.get("easing", "")
			tickets[title] = stream.direct(values, over, easing)
		"cut":
			var new_seed: int = command.get("seed", -1)
			tickets[title] = stream.cut(values, new_seed)
		"attach_view":
			answers[title] = "waiting"
			view = View.new(stream._session)
			view.attached.connect(func(_info: Dictionary) -> void: answers[title] = "ok")
			view.failed.connect(func(code: String, _message: String, _hint: String) -> void: answers[title] = code)
			var layers: Array = command["layers"]
			view.attach(layers)
		"detach_view":
			view.detach()
			answers[title] = "ok"
		_:
			answer(title, command)
	return {}


## What the node has an awaitable method for; pause and resume tell only of a refusal.
func answer(title: String, command: Dictionary) -> void:
	answers[title] = "waiting"
	var before := errors.size()
	var right := true
	match command["do"]:
		"pause":
			stream.pause()
		"resume":
			stream.resume()
		"snapshot":
			right = not (await stream.snapshot()).is_empty()
		"restore":
			right = await stream.restore(str(command["data"]).hex_decode())
		"stats":
			right = not (await stream.stats()).is_empty()
	answers[title] = "ok" if right else str(errors.pop_back()) if errors.size() > before else "nothing"


func start(command: Dictionary) -> void:
	stop()
	tickets.clear()
	answers.clear()
	errors.clear()
	stream = DreamStream.new()
	stream.autostart = false
	stream.bundle = command["bundle"]
	stream.daemon = command["daemon"]
	stream.seed = command.get("seed", 0)
	stream.conditions = command.get("values", {})
	stream.failed.connect(func(code: String, _message: String, _hint: String) -> void: errors.append(code))
	root.add_child(stream)
	stream.start()


func stop() -> void:
	view = null
	if stream:
		stream.stop()


func look() -> Dictionary:
	if stream == null:
		return {"state": "closed"}
	var told := {}
	for title: String in tickets:
		var ticket: int = tickets[title]
		told[title] = "shown" if stream._session.is_shown(ticket) else "refused" if stream._session.is_refused(ticket) else "waiting"
	var revision: Variant
	if stream.frame_index >= 0:
		revision = stream.frame_revision
	return {"state": stream.state_name, "revision": revision, "tickets": told, "answers": answers, "errors": errors}
