@tool
extends RefCounted
## What the dock says while there is no picture: what is wrong, and the one thing to do about it.

const Program := preload("../../system/program.gd")
const ConnectionFile := preload("../../system/connection_file.gd")
const State := preload("../../protocol/messages.gd").State


## [text, button, action] for the stream [param stream] of the edited scene; an empty text when a picture comes. [param failure] is the
## last error of the stream: its message and hint.
static func of(scene: Node, stream: DreamStream, own_daemon: bool, failure: String) -> Array:
	if scene == null:
		return ["Open a scene. The dock shows the stream of its DreamStream.", "", &""]
	if not is_instance_valid(stream):
		return ["This scene has no DreamStream.", "Add a DreamStream", &"add"]
	if not stream.is_running():
		if Program.find() == "" and not own_daemon and ConnectionFile.read(stream.daemon).is_empty():
			return ["No daemon runs, and nothing is installed that could start one. Install Dreambridge, or choose a Python that has it.", "Install …", &"install"]
		return ["Play shows \"%s\" here, without running the game." % stream.bundle, "Play", &"play"]
	if stream.state in [State.FAILED, State.SEARCHING] and failure:
		return [failure, "Try again", &"again"]
	match stream.state:
		State.SEARCHING:
			return ["Starting the daemon …" if own_daemon else "Looking for the daemon \"%s\" …" % stream.daemon, "", &""]
		State.OPENING:
			return ["Opening \"%s\". The first time takes some seconds: the daemon measures how many threads are best." % stream.bundle, "", &""]
		State.FAILED:
			return [stream._session.reason, "Try again", &"again"]
		State.LOST:
			return ["The daemon does not answer. The stream continues by itself when it is back.", "", &""]
	return ["", "", &""] if stream.frame_index >= 0 else ["Waiting for the first frame …", "", &""]
