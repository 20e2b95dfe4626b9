extends RefCounted
## A simple story, for games without a dialogue addon: read into instructions, which [DreamStory] carries out.
##
## A line is what somebody says, or begins with one of these: [code]~ name[/code] (a place), [code]=> name[/code] (go there; [code]=> END[/code]),
## [code]- text[/code] or [code]- text [if oil > 0][/code] (an option; what follows it is indented), [code]dream: …[/code],
## [code]set oil = oil - 1[/code], [code]if[/code], [code]elif[/code] and [code]else[/code] with an expression (their lines are indented), and
## [code]#[/code] (a comment). [code]{oil}[/code] in a text or a direction is the value of an expression.

const END := "END"
const TAB := 4

## Instructions: {op, line} and "text" (of a "line" or "dream"), "name" and "is" (of "set"), "to" (of a "jump": the index, or below 0: the end),
## "is" and "to" (of "unless"), "options" (of a "choice": {text, if, to}).
var code: Array[Dictionary] = []
## Name of a place to its index.
var places := {}
## {line, message, hint}; empty: nothing is wrong.
var wrong := {}

# {indent, text, line} of each line that says something.
var _lines: Array[Dictionary] = []
var _at := 0
# Index of an instruction to the name of the place that it goes to.
var _goes_to := {}

static var _place := RegEx.create_from_string("^~\\s*(\\w+)$")
static var _jump := RegEx.create_from_string("^=>\\s*(\\w+)$")
static var _option := RegEx.create_from_string("^-\\s+(.*?)\\s*(?:\\[if\\s+(.*)\\])?$")
static var _set := RegEx.create_from_string("^set\\s+([A-Za-z_]\\w*)\\s*=\\s*(\\S.*)$")
static var _if := RegEx.create_from_string("^(if|elif)\\s+(\\S.*)$")
static var _dream := RegEx.create_from_string("^dream\\s*:\\s*(.*)$")


func _init(text: String) -> void:
	var number := 0
	for line in text.split("\n"):
		number += 1
		var said := line.strip_edges()
		if said and not said.begins_with("#"):
			_lines.append({"indent": _indent(line), "text": said, "line": number})
	while _at < _lines.size() and wrong.is_empty():
		_block(_lines[_at]["indent"] as int)
	_add({"op": "jump", "to": -1})
	for index: int in _goes_to:
		var named: String = _goes_to[index]
		if named != END and not places.has(named):
			_bad(code[index]["line"] as int, "There is no place '%s'." % named, "Write ~ %s on a line of its own, where it is." % named)
		code[index]["to"] = places.get(named, -1)


static func _indent(line: String) -> int:
	var columns := 0
	for letter in line:
		if letter == "\t":
			columns += TAB
		elif letter == " ":
			columns += 1
		else:
			break
	return columns


## All lines that are indented by at least so much.
func _block(indent: int) -> void:
	while _at < _lines.size() and wrong.is_empty() and _lines[_at]["indent"] >= indent:
		if _lines[_at]["indent"] > indent:
			_bad(_lines[_at]["line"] as int, "The line is indented further than the one before.", "Only what follows an option, if, elif or else is.")
		else:
			_statement(indent)


func _statement(indent: int) -> void:
	var text: String = _lines[_at]["text"]
	if _option.search(text):
		_choice(indent)
		return
	var found := _if.search(text)
	if found and found.get_string(1) == "if":
		_branch(indent)
		return
	var line: int = _lines[_at]["line"]
	_at += 1
	if found or text == "else":
		_bad(line, "`%s` has no `if` before it." % text.get_slice(" ", 0), "Give it the same indentation as its `if`.")
	elif text.begins_with("~"):
		var place := _place.search(text)
		if place == null or places.has(place.get_string(1)):
			_bad(line, "'%s' is not a new place." % text.left(80), "A name has letters, digits and _, and is given once: ~ harbour.")
		else:
			places[place.get_string(1)] = code.size()
	elif text.begins_with("=>"):
		var jump := _jump.search(text)
		if jump == null:
			_bad(line, "'%s' goes nowhere." % text.left(80), "Write for example: => harbour, or => END.")
		else:
			_goes_to[code.size()] = jump.get_string(1)
			_add({"op": "jump", "to": -1}, line)
	elif _dream.search(text):
		_add({"op": "dream", "text": _dream.search(text).get_string(1)}, line)
	elif _set.search(text):
		var assigned := _set.search(text)
		_add({"op": "set", "name": assigned.get_string(1), "is": assigned.get_string(2)}, line)
	else:
		_add({"op": "line", "text": text}, line)


## Options that follow each other, each with what is indented below it.
func _choice(indent: int) -> void:
	var options: Array[Dictionary] = []
	_add({"op": "choice", "options": options}, _lines[_at]["line"] as int)
	var ends: Array[Dictionary] = []
	while _at < _lines.size() and _lines[_at]["indent"] == indent and wrong.is_empty():
		var found := _option.search(_lines[_at]["text"] as String)
		if found == null:
			break
		options.append({"text": found.get_string(1), "if": found.get_string(2), "to": code.size(), "line": _lines[_at]["line"]})
		_at += 1
		_inner(indent)
		ends.append(_add({"op": "jump", "to": -1}))
	for jump in ends:
		jump["to"] = code.size()


func _branch(indent: int) -> void:
	var ends: Array[Dictionary] = []
	var keyword := "if"
	while keyword:
		var line: int = _lines[_at]["line"]
		var unless := {}
		if keyword != "else":
			unless = _add({"op": "unless", "is": _if.search(_lines[_at]["text"] as String).get_string(2), "to": -1}, line)
		_at += 1
		_inner(indent)
		ends.append(_add({"op": "jump", "to": -1}))
		if unless:
			unless["to"] = code.size()
		var before := keyword
		keyword = ""
		if before != "else" and _at < _lines.size() and _lines[_at]["indent"] == indent and wrong.is_empty():
			var text: String = _lines[_at]["text"]
			keyword = "else" if text == "else" else "elif" if _if.search(text) and text.begins_with("elif") else ""
	for jump in ends:
		jump["to"] = code.size()


func _inner(indent: int) -> void:
	if _at < _lines.size() and _lines[_at]["indent"] > indent:
		_block(_lines[_at]["indent"] as int)
		if _at < _lines.size() and _lines[_at]["indent"] > indent:
			_bad(_lines[_at]["line"] as int, "The indentation fits no line before.", "Use tabs only, or spaces only.")


func _add(instruction: Dictionary, line := 0) -> Dictionary:
	instruction["line"] = line
	code.append(instruction)
	return instruction


func _bad(line: int, message: String, hint: String) -> void:
	if wrong.is_empty():
		wrong = {"line": line, "message": message, "hint": hint}
