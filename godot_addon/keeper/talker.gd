class_name KeeperTalker
extends Node
## Carries out the talks of story/talks.json: who says what if what is true, the answers, and what they change.

## Something is to be done: the "do" of an entry.
signal done(what: String)

const FILE := preload("story/talks.json")

var state: KeeperState
var speech: KeeperSpeech
var stream: DreamStream
## Is somebody talking?
var busy := false
## The name of the last look that was shown.
var look := ""

var _talks: Dictionary = FILE.data
# A talk that was left does not go on: each has its number.
var _turn := 0


## Carry out a talk to its end.
func talk(named: String) -> void:
	busy = true
	_turn += 1
	var turn := _turn
	var next := named
	while next:
		next = await _talk(next, turn)
	if turn == _turn:
		stop()


## Leave the talk.
func stop() -> void:
	_turn += 1
	speech.close()
	busy = false


func _talk(named: String, turn: int) -> String:
	if not _talks.has(named):
		push_error("Keeper: there is no talk %s." % named)
		return ""
	var entries: Array = _talks[named]
	# What holds when the talk begins: an entry that changes something does not open the next one.
	var open := entries.filter(func(entry: Dictionary) -> bool: return state.holds(str(entry.get("if", ""))))
	for k in open.size():
		var entry: Dictionary = open[k]
		var next: Dictionary = open[k + 1] if k + 1 < open.size() else {}
		if entry.has("ask"):
			entry = await _ask(entry["ask"] as Array)
			if turn != _turn:
				return ""
		_change(entry)
		if entry.has("says") and next.has("ask"):
			speech.open_question(str(entry.get("who", "")), str(entry["says"]))
		elif entry.has("says"):
			await speech.say(str(entry.get("who", "")), str(entry["says"]))
			if turn != _turn:
				return ""
		if entry.has("then"):
			return str(entry["then"])
	return ""


func _ask(options: Array) -> Dictionary:
	var offered := options.filter(func(each: Dictionary) -> bool: return state.holds(str(each.get("if", ""))))
	var texts := PackedStringArray(offered.map(func(each: Dictionary) -> String: return each["text"]))
	var answer := await speech.ask(texts)
	return offered[answer] if answer < offered.size() else {}


func _change(entry: Dictionary) -> void:
	if entry.has("set"):
		state.put(entry["set"] as Dictionary)
	if entry.has("look"):
		show_look(str(entry["look"]))
	if entry.has("do"):
		done.emit(str(entry["do"]))


## Show a look of the folder looks in the stream.
func show_look(named: String) -> void:
	var to_show: DreamLook = load("res://keeper/looks/%s.tres" % named)
	if to_show.still:
		look = named
	stream.apply(to_show)
