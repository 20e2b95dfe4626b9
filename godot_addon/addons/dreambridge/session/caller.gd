extends RefCounted
## The line of the game that called the addon, and the daemon's errors in the engine's words.

const ADDON := "res://addons/dreambridge/"
const WORDS := {"a text": "a String", "a list": "an Array", "a map": "a Dictionary", "bytes": "a PackedByteArray"}


## "res://game.gd:12, in _ready()": the innermost caller outside the addon; empty where the engine keeps no stack (release builds).
static func line() -> String:
	if not OS.is_debug_build():
		return ""
	for frame: Dictionary in get_stack():
		var source: String = frame["source"]
		if not source.begins_with(ADDON):
			return "%s:%d, in %s()" % [source, frame["line"], frame["function"]]
	return ""


## An error of a direction: with the words of the engine, and the line that directed.
static func told(error: Dictionary, caller: String) -> Dictionary:
	var out := error.duplicate()
	var message := str(error.get("message", ""))
	for word: String in WORDS:
		message = message.replace("got " + word, "got " + WORDS[word])
	out["message"] = message.replace("got nil", "got null").replace(" = nil:", " = null:")
	var hint := str(error.get("hint", "")).replace("; nil unsets it", "; null unsets it")
	out["hint"] = hint + (" Directed at %s." % caller if caller else "")
	return out
