@tool
@icon("icons/dream_story.svg")
class_name DreamStory
extends DreamDirector
## Tells a simple story that directs a [DreamStream], for games without a dialogue addon.
##
## [codeblock]
## ~ quay
## dream: weather=fog
## The quay is dark.
## - Light the lantern.
##     dream: weather=clear over=2
##     set lamp = 0.4
##     => tower
## - Leave it. [if lamp == 0]
##     You walk on.
## ~ tower
## The flame is {lamp} high.
## [/codeblock]
## [code]await story.next()[/code] gives the next line or choice. While the player reads a choice, what its options begin with is made ahead.
## [DreamDirector] has the rest: the stream, [method DreamDirector.skip], and the signal [signal DreamDirector.failed].

# What the call of next() or take() that was going on has returned.
signal _advanced(result: Dictionary)

const Script_ := preload("story/script.gd")
const Whole := preload("story/whole.gd")
## Steps of a story without a line or a choice, after which it is taken for endless.
const MAX_STEPS := 10_000

## The story.
@export_multiline var text := "":
	set(value):
		text = value
		_forget_script()
## A file with the story (*.dreamstory), in place of [member text]. It is exported with the game.
@export_file("*.dreamstory") var file := "":
	set(value):
		file = value
		_forget_script()

## The variables of the story. A game may set them, before the story begins and while it is told.
var variables := {}

var _script: Script_
var _at := 0
# The line or choice that is on screen; below 0: none.
var _shown_at := -1
# Goes up with each begin and load: a call of next() or take() from before then tells nothing more. And the one of these that has a call now.
var _run := 0
var _telling := -1
# The last place that was passed.
var _place := ""
# The options that are on screen: {index, text}, and where each goes on.
var _options: Array[Dictionary] = []
var _ways: Array[int] = []


## Begin, at the first line or at a place. False: the story has an error (see [signal DreamDirector.failed]), or no such place.
func begin(place := "") -> bool:
	_interrupt()
	if not _read():
		return false
	if place and not _script.places.has(place):
		_bad(0, "The story has no place %s." % Near.quoted(place), Near.did_you_mean(place, _script.places.keys()))
		return false
	_at = _script.places.get(place, 0)
	_place = place
	return true


## [code]await story.next()[/code] carries out what comes before the next line, and returns it: [code]{"text": …}[/code]. At a choice it returns
## [code]{"options": [{"index": 0, "text": …}, …]}[/code], until [method take] takes one; at the end an empty dictionary.
## A second call meanwhile returns the same. After [method begin] or [method load_game] a call from before them returns an empty dictionary.
func next() -> Dictionary:
	if _telling == _run:
		return await _advanced
	if _options:
		return {"options": _options.duplicate(true)}
	if _script == null and not begin():
		return {}
	return await _tell_on(-1)


## [code]await story.take(0)[/code] takes that option of the choice, and returns what [method next] does.
func take(index: int) -> Dictionary:
	if _telling == _run:
		return await _advanced
	if index < 0 or index >= _options.size():
		_bad(0, "There is no option %d." % index, "Take one of those that next() returned, by its index.")
		return await next()
	_at = _ways[index]
	_options = []
	return await _tell_on(index)


## [code]await story.save_game()[/code] returns the story and its picture for the game's own save; it can be JSON.
func save_game() -> Dictionary:
	return {
		"at": _shown_at if _shown_at >= 0 else _at, "place": _place, "story": _digest(), "variables": variables.duplicate(true),
		"whole": Whole.of(variables), "film": await save(),
	}


## [code]await story.load_game(saved)[/code] goes back to a save: [method next] returns the line or choice again that was on screen. Returns "" or why
## it is not exactly there: the picture was made again, or the story has been changed since and goes on from the last place that both have.
func load_game(saved: Dictionary) -> String:
	_interrupt()
	if not _read():
		return "The story has an error."
	var why := ""
	_place = str(saved.get("place", ""))
	variables = Whole.again((saved.get("variables", {}) as Dictionary).duplicate(true), saved.get("whole"))
	if saved.get("story") == _digest():
		_at = int(saved["at"] as float)
	else:
		why = "The story has been changed since. It goes on from %s." % (_place if _script.places.has(_place) else "its beginning")
		_at = _script.places.get(_place, 0)
	if saved.get("film"):
		why = (why + " " + str((await restore(str(saved["film"])))["reason"])).strip_edges()
	return why


## What goes on ends without a result; nothing is on screen.
func _interrupt() -> void:
	_run += 1
	_options = []
	_shown_at = -1
	_advanced.emit({})


func _forget_script() -> void:
	_script = null
	_interrupt()


## To the next line or choice, after the option that is taken (below 0: none). Empty at the end, and when the story was begun again or loaded meanwhile.
func _tell_on(taken: int) -> Dictionary:
	var mine := _run
	_telling = mine
	_shown_at = -1
	var result := {}
	if taken >= 0:
		await choose(taken)
		# They were carried out with the choice.
		while mine == _run and _at < _script.code.size() and _script.code[_at]["op"] == "dream":
			_at += 1
	if mine == _run:
		result = await _advance(mine)
	if mine != _run:
		return {}
	_telling = -1
	_advanced.emit(result.duplicate(true))
	return result


func _advance(mine: int) -> Dictionary:
	for step in MAX_STEPS:
		if _at < 0 or _at >= _script.code.size():
			return {}
		var it := _script.code[_at]
		_note_place()
		_at += 1
		match it["op"]:
			"line":
				_shown_at = _at - 1
				return {"text": _filled(str(it["text"]), it)}
			"dream":
				await tell(_filled(str(it["text"]), it, true))
				if mine != _run:
					return {}
			"set":
				variables[it["name"]] = _value(str(it["is"]), it)
			"jump":
				_at = it["to"]
			"unless":
				if not _value(str(it["is"]), it):
					_at = it["to"]
			"choice":
				if _offer(it):
					_shown_at = _at - 1
					return {"options": _options.duplicate(true)}
	_bad(0, "The story went %d steps without a line." % MAX_STEPS, "Does it go round in a circle?")
	_at = -1
	return {}


## Problems of the story, each [code]{"line", "message", "hint"}[/code]: of its lines, and of directions without values of variables.
func problems() -> Array[Dictionary]:
	var found: Array[Dictionary] = []
	var script := Script_.new(_source())
	if script.wrong:
		found.append(script.wrong)
	for it in script.code:
		if it["op"] == "dream" and not "{" in str(it["text"]):
			var statement := Statement.parse(str(it["text"]))
			if statement.has("error"):
				found.append({"line": it["line"], "message": statement["error"]["message"], "hint": statement["error"]["hint"]})
	return found


func _source() -> String:
	if not file:
		return text
	var bytes := FileAccess.get_file_as_bytes(file)
	var read := bytes.get_string_from_utf8()
	if read.to_utf8_buffer() == bytes or bytes.slice(0, 3) == PackedByteArray([0xef, 0xbb, 0xbf]):
		return read
	# Latin-1, as an old editor writes it: nothing is lost.
	read = ""
	for byte in bytes:
		read += String.chr(byte)
	return read


func _read() -> bool:
	if _script == null:
		if file and not FileAccess.file_exists(file):
			_bad(0, "There is no file.", "Is its name right? A game is exported with its *.dreamstory files, but for those that the preset excludes.")
			return false
		_script = Script_.new(_source())
		if _script.wrong:
			_bad(_script.wrong["line"] as int, str(_script.wrong["message"]), str(_script.wrong["hint"]))
			_script = null
	return _script != null


func _digest() -> String:
	return _source().sha256_text()


func _note_place() -> void:
	for named: String in _script.places:
		if _script.places[named] == _at:
			_place = named


## Tells the options whose condition holds; false: there is none.
func _offer(it: Dictionary) -> bool:
	_ways = []
	var offered: Array[Array] = []
	for option: Dictionary in it["options"]:
		if option["if"] and not _value(str(option["if"]), option):
			continue
		_options.append({"index": _ways.size(), "text": _filled(str(option["text"]), option)})
		_ways.append(option["to"])
		var begins: Array[String] = []
		var at: int = option["to"]
		while _script.code[at]["op"] == "dream":
			begins.append("dream: " + _filled(str(_script.code[at]["text"]), _script.code[at], true))
			at += 1
		offered.append(begins)
	offer(offered)
	return not _options.is_empty()


## A text with the values of its expressions; in a direction numbers are written out in full.
func _filled(said: String, it: Dictionary, direction := false) -> String:
	var out := ""
	var rest := said
	while "{" in rest and "}" in rest.get_slice("{", 1):
		var opens := rest.find("{")
		var end := rest.find("}", opens)
		var value: Variant = _value(rest.substr(opens + 1, end - opens - 1), it)
		out += rest.left(opens) + (JSON.stringify(value, "", false, true) if direction and value is float else str(value))
		rest = rest.substr(end + 1)
	return out + rest


func _value(expression: String, it: Dictionary) -> Variant:
	var parsed := Expression.new()
	var wrong := parsed.parse(expression, PackedStringArray(variables.keys())) != OK
	var value: Variant = null if wrong else parsed.execute(variables.values(), null, false)
	if wrong or parsed.has_execute_failed():
		_bad(it["line"] as int, "The expression '%s' has no value: %s" % [expression.left(80), parsed.get_error_text()], "Is each variable set before?")
		return null
	return value


func _bad(line: int, message: String, hint: String) -> void:
	var where := "%s%s: " % [file if file else String(name), ":%d" % line if line > 0 else ""]
	_fail({"code": "bad_script", "message": where + message, "hint": hint})
