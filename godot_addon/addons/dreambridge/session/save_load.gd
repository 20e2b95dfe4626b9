extends RefCounted
## Loads a save slot into a running stream: the snapshot, or else the directions from a fresh state.

const Playback := preload("playback.gd")
const SaveSlot := preload("save_slot.gd")
# A value that this bundle refuses is left out; another error ends the loading.
const REFUSALS: Array[String] = ["bad_value", "unknown_condition", "missing_package"]

## The number of the cutscene's run that the slot continued; -1: none.
var run := -1

var _playback: Playback
# Gives the files of a document, name to bytes: a save does not hold them.
var _files_of: Callable
var _files := {}


func _init(playback: Playback, files_of: Callable) -> void:
	_playback = playback
	_files_of = files_of


## What became of it, as [method DreamStream.restore_slot] returns it.
func load_text(text: String) -> Dictionary:
	var read := SaveSlot.read(text)
	if read.has("wrong"):
		return _failed("bad_snapshot", str(read["wrong"]), SaveSlot.ADVICE)
	if _playback.session.info.is_empty():
		return _failed("bad_state", "The stream is not open: nothing was loaded.", "Wait for its signal opened first.")
	var slot: Dictionary = read["slot"]
	var values: Dictionary = read["values"]
	var why := SaveSlot.misfit(slot, _playback.session.info)
	if why:
		return await _again(slot, values, why)
	if (read["snapshot"] as PackedByteArray).is_empty():
		return await _again(slot, values, SaveSlot.WITHOUT_STATE)
	var lost := await _load_cutscene(slot)
	var reply := await _playback.answer("restore", {"data": read["snapshot"]}, false)
	if reply.get("code") == "bad_snapshot":
		return await _again(slot, values, str(reply["message"]))
	if reply.get("type") != "restored":
		return _lost(reply)
	if slot.get("cutscene") != null and not lost:
		run = _playback.cutscene.go_on_from(slot["cutscene"] as Dictionary, _files)
	return SaveSlot.NOT_LOADED.merged({"loaded": true, "exact": true, "reason": lost, "cutscene": run >= 0}, true)


## From a fresh state, by the directions; what the bundle refuses is left out.
func _again(slot: Dictionary, values: Dictionary, why: String) -> Dictionary:
	var known: Dictionary = _playback.session.info["conditions"]
	var left_out: Array[String] = []
	var wanted := {}
	for condition: String in values:
		if known.has(condition):
			wanted[condition] = values[condition]
		else:
			left_out.append(condition)
	var none := {}
	for condition: Variant in _playback.session.effective:
		none[condition] = null
	var reply := await _playback.answer("cut", {"values": none, "seed": slot["seed"]}, false)
	if reply.get("type") != "directed":
		return _lost(reply)
	for condition: String in wanted.duplicate():
		reply = await _playback.answer("direct", {"values": {condition: wanted[condition]}, "over": 0.0}, false)
		if reply.get("code") in REFUSALS:
			left_out.append(condition)
			wanted.erase(condition)
		elif reply.get("type") != "directed":
			return _lost(reply)
	_playback.session.effective = wanted
	_playback.session.want["seed"] = slot["seed"]
	_playback.session.info["seed"] = slot["seed"]
	var lost := await _load_cutscene(slot)
	if slot.get("cutscene") != null and not lost:
		var at: Dictionary = slot["cutscene"]
		var fields := {"variables": at.get("variables", {})}
		if at.get("shot"):
			fields["shot"] = at["shot"]
		reply = await _playback.answer("cutscene_play", fields, false)
		if reply.get("type") == "error":
			lost = str(reply["message"])
		else:
			run = _playback.cutscene.go_on_from(at, _files)
	left_out.sort()
	var reason := ("%s The picture was made again from the directions. %s" % [why, lost]).strip_edges()
	return SaveSlot.NOT_LOADED.merged({"loaded": true, "reason": reason, "left_out": left_out, "cutscene": run >= 0}, true)


## The document of the slot in the session, with its files; why not, or an empty text.
func _load_cutscene(slot: Dictionary) -> String:
	if slot.get("cutscene") == null:
		return ""
	var document := str(slot["cutscene"]["document"])
	_files = _files_of.call(document)
	var reply := await _playback.loaded_cutscene(document, _files)
	if reply.get("type") == "cutscene_loaded":
		return ""
	return "The cutscene of the save could not be loaded: %s" % reply.get("message", "no answer")


func _failed(code: String, message: String, hint: String) -> Dictionary:
	_playback.failed.emit(code, message, hint)
	return SaveSlot.NOT_LOADED.merged({"reason": message}, true)


func _lost(reply: Dictionary) -> Dictionary:
	var message := str(reply.get("message", "The daemon did not answer: nothing was loaded."))
	return _failed(str(reply.get("code", "daemon_gone")), message, str(reply.get("hint", "Load the save again when the stream plays.")))
