extends RefCounted
## Parses one direction of a story: [code]weather=storm over=2[/code], [code]"a prompt"[/code], [code]play arrival[/code] (SCRIPT.md).

const Near := preload("near.gd")
const Words := preload("words.gd")
const VERBS: Array[String] = ["cut", "play", "stop", "signal", "choose", "set", "release", "keep", "rewind", "wait"]
const MOMENTS: Array[String] = ["shown", "shot", "mark", "ended"]
const EASINGS: Array[String] = ["linear", "smooth", "in", "out"]
# What every engine's numbers hold exactly.
const MAX_SEED := 9007199254740991
const SEED: Array[int] = [0, MAX_SEED]
const OVER: Array[int] = [0, 3600]
const SHELF: Array[int] = [0, 600]
const LIMIT: Array[int] = [0, 86400]
const WEIGHT: Array[int] = [0, 1_000_000]
const EXAMPLE := "Write for example: weather=storm over=2, \"a prompt\", cut, play arrival."
const BELONGS := {
	"over": "A cut applies at once: leave it out, or leave out `cut`.",
	"easing": "A cut applies at once: leave it out, or leave out `cut`.",
	"seed": "Only a cut has a new seed: write cut seed=7.",
	"limit": "Only `wait` has a limit.",
}

static var _number_of := RegEx.create_from_string("^[+-]?(?:[0-9]+\\.?[0-9]*|\\.[0-9]+)(?:[eE][+-]?[0-9]+)?$")
static var _tag_of := RegEx.create_from_string("^\\s*dream\\s*:")

var _words: Array[Dictionary]
var _at := 0
var _wrong := {}


## The statement of a direction: a dictionary with [code]do[/code] and its fields, as in protocol/vectors/script.json; or
## [code]{"error": {"column", "message", "hint"}}[/code]. Columns are from 1.
static func parse(text: String) -> Dictionary:
	var split := Words.new(text)
	if split.wrong:
		return {"error": split.wrong}
	var parser: RefCounted = new()
	parser._words = split.words
	var statement: Dictionary = parser._statement()
	return {"error": parser._wrong} if parser._wrong else statement


## Is this tag a direction? Others belong to the story.
static func is_direction(tag: String) -> bool:
	return _tag_of.search(tag) != null


## What follows [code]dream:[/code] in a tag that is a direction.
static func direction_in(tag: String) -> String:
	return tag.substr(_tag_of.search(tag).get_end())


## A word as an int or float, or null. INF: it is too large.
static func number(text: String) -> Variant:
	if _number_of.search(text) == null:
		return null
	var parts := text.to_lower().split("e")
	var exponent := parts[1].to_int() if parts.size() > 1 else 0
	var value := 0.0
	if absi(exponent) <= 500:
		value = text.to_float()
	else:
		# The engine would warn of such exponents, and take them for smaller ones.
		value = INF if exponent > 0 and parts[0].to_float() != 0.0 else 0.0
	if is_finite(value) and value == floorf(value) and absf(value) <= MAX_SEED:
		return int(value)
	return value


# -- words ----------------------------------------------------------------------------------------------------------------

func _word() -> Dictionary:
	return _words[_at]


func _take() -> Dictionary:
	var word := _word()
	if word["kind"] != "end":
		_at += 1
	return word


## Take the next word if it is this mark.
func _mark(what: String) -> bool:
	var found: bool = _word()["kind"] == "mark" and _word()["text"] == what
	if found:
		_at += 1
	return found


## Does [code]name =[/code] come next?
func _assigns(named := "") -> bool:
	var after := _words[mini(_at + 1, _words.size() - 1)]
	return _word()["kind"] == "word" and after["kind"] == "mark" and after["text"] == "=" and named in ["", _word()["text"]]


func _ends() -> bool:
	return not _wrong.is_empty() or _word()["kind"] == "end"


func _bad(word: Dictionary, message: String, hint: String) -> Dictionary:
	if _wrong.is_empty():
		_wrong = {"column": word["column"], "message": message, "hint": hint}
	return {}


# -- statements -----------------------------------------------------------------------------------------------------------

func _statement() -> Dictionary:
	var first := _word()
	var text: String = first["text"]
	if first["kind"] == "end":
		return _bad(first, "The direction is empty.", EXAMPLE)
	if first["kind"] == "mark":
		return _bad(first, "A direction cannot begin with %s." % Near.quoted(text), EXAMPLE)
	if first["kind"] == "text" or _assigns():
		return _changes("direct", ["over", "easing"])
	if not text in VERBS:
		var hint := Near.did_you_mean(text, VERBS) if text.length() > 2 else EXAMPLE
		return _bad(first, "%s is not a direction." % Near.quoted(text), hint + " To change a condition, write name=value.")
	_take()
	match text:
		"cut":
			return _changes("cut", ["seed"])
		"play":
			return _play()
		"signal":
			return _end({"do": text, "name": _one(text, "a name")})
		"choose":
			return _end({"do": text, "name": _one(text, "the id of an option")})
		"keep":
			return _end({"do": text, "name": _one(text, "a name")})
		"set":
			return _set_variables()
		"release":
			return _release()
		"rewind":
			return _rewind()
		"wait":
			return _wait()
	return _end({"do": text})


## [code]name=value[/code] and prompts, in any order; [param own] are the names that belong to the direction itself.
func _changes(verb: String, own: Array[String]) -> Dictionary:
	var values := {}
	var out := {"do": verb}
	while not _ends():
		if _word()["kind"] == "text":
			_once("prompt", _word(), values)
			values["prompt"] = _take()["text"]
			continue
		var named := _assigned(own)
		var key: String = named["text"]
		if _wrong:
			break
		if key in own:
			_once(key, named, out)
			out[key] = _option(key)
		elif BELONGS.has(key):
			_bad(named, "%s does not belong here." % Near.quoted(key), str(BELONGS[key]))
		else:
			_once(key, named, values)
			values[key] = _value(key)
	if verb == "direct" and values.is_empty():
		_bad({"column": 1}, "The direction changes no condition.", EXAMPLE)
	out["values"] = values
	return out


## The name before [code]=[/code]; takes both.
func _assigned(own: Array[String]) -> Dictionary:
	var named := _take()
	if named["kind"] != "word" or not _mark("="):
		var also := ", or %s" % " or ".join(PackedStringArray(own)) if own else ""
		_bad(named, "%s is not name=value%s." % [Near.quoted(str(named["text"])), also], "A text of several words needs quotation marks.")
	return named


func _once(named: String, word: Dictionary, taken: Dictionary) -> void:
	if taken.has(named):
		_bad(word, "%s is given twice." % Near.quoted(named), "Give it once.")


func _end(statement: Dictionary) -> Dictionary:
	if not _ends():
		_bad(_word(), "%s is too much after `%s`." % [Near.quoted(str(_word()["text"])), statement["do"]], "Give each direction a tag of its own.")
	return statement


## One name after the verb, as a word or in quotes.
func _one(verb: String, what: String) -> String:
	var word := _take()
	if not word["kind"] in ["word", "text"] or word["text"] == "":
		_bad(word, "`%s` needs %s." % [verb, what], "Write for example: %s %s." % [verb, "3" if verb == "rewind" else "harbour"])
	return word["text"]


func _play() -> Dictionary:
	var out := {"do": "play", "name": _one("play", "the name of a cutscene")}
	if _wrong.is_empty() and _assigns("from"):
		_at += 2
		var word := _take()
		if not word["kind"] in ["word", "text"]:
			_bad(word, "`from` needs the name of a shot.", "Write for example: play arrival from=dawn.")
		# An empty name is that of the first shot.
		if word["text"]:
			out["shot"] = word["text"]
	return _end(out)


func _rewind() -> Dictionary:
	var seconds: Variant = number(str(_word()["text"])) if _word()["kind"] == "word" else null
	if seconds != null:
		return _end({"do": "rewind", "seconds": _single("rewind", SHELF)})
	return _end({"do": "rewind", "name": _one("rewind", "seconds, or a name that `keep` gave")})


func _set_variables() -> Dictionary:
	if _word()["kind"] == "end":
		return _bad(_word(), "`set` needs name=value.", "Write for example: set coins=3.")
	var values := {}
	while not _ends():
		var named := _assigned([])
		var key: String = named["text"]
		if _wrong:
			break
		_once(key, named, values)
		var word := _word()
		var value: Variant = _value(key)
		if word["kind"] == "word" and (value is String and value in ["true", "false"]):
			value = value == "true"
		if _wrong.is_empty() and (value == null or value is Array or value is Dictionary):
			_bad(word, "%s is one number, text, true or false." % key.left(80), "Write for example: set coins=3.")
		values[key] = value
	return {"do": "set", "values": values}


func _release() -> Dictionary:
	var names: Array[String] = []
	var out := {"do": "release", "names": names}
	while not _ends():
		if _assigns("over"):
			_at += 2
			out["over"] = _single("over", OVER)
			continue
		var word := _take()
		if word["kind"] != "word":
			_bad(word, "`release` takes names of conditions.", "Write for example: release weather over=2.")
		names.append(word["text"])
	return out


func _wait() -> Dictionary:
	var word := _take()
	var moment: String = word["text"]
	if word["kind"] == "end":
		return _bad(word, "`wait` needs a moment.", "Write one of: %s." % ", ".join(PackedStringArray(MOMENTS)))
	if word["kind"] != "word" or not moment in MOMENTS:
		return _bad(word, "`wait` cannot wait for %s." % Near.quoted(moment), Near.did_you_mean(moment, MOMENTS))
	var out := {"do": "wait", "moment": moment}
	if moment in ["shot", "mark"]:
		out["name"] = _one("wait " + moment, "the name of a " + moment)
	if _wrong.is_empty() and _assigns("limit"):
		_at += 2
		out["limit"] = _single("limit", LIMIT)
	return _end(out)


# -- values ---------------------------------------------------------------------------------------------------------------

func _option(named: String) -> Variant:
	var word := _word()
	if named != "easing":
		return _single(named, SEED if named == "seed" else OVER, named == "seed")
	if not word["kind"] in ["word", "text"] or not word["text"] in EASINGS:
		_bad(word, "easing = %s is unknown." % Near.quoted(str(word["text"])), Near.did_you_mean(str(word["text"]), EASINGS))
	return _take()["text"]


## A number without a list after it, for those who write decimals with a comma.
func _single(named: String, limits: Array[int], whole := false) -> Variant:
	var value: Variant = _measure(named, limits, whole)
	if _wrong.is_empty() and _word()["kind"] == "mark" and _word()["text"] == ",":
		_bad(_word(), "%s is one number." % named, "Write decimals with a point, such as 2.5.")
	return value


func _measure(named: String, limits: Array[int], whole := false) -> Variant:
	var word := _take()
	var text: String = word["text"]
	var value: Variant = number(text) if word["kind"] == "word" else null
	var kind := "a whole number" if whole else "a number"
	var hint := "%s is %s from %d to %d." % [named, kind, limits[0], limits[1]]
	if value == null or (whole and not value is int):
		_bad(word, "%s = %s is not %s." % [named, Near.quoted(text), kind], hint)
	elif value < limits[0] or value > limits[1]:
		_bad(word, "%s = %s is out of range." % [named, text.left(80)], hint)
	return value


## A number, a word, a text, [code]-[/code], a list of them, or a map of words to weights.
func _value(named: String) -> Variant:
	var first := _word()
	var items: Array[Array] = [_item(named)]
	while _wrong.is_empty() and _mark(","):
		items.append(_item(named))
	var values: Array = items.map(func(item: Array) -> Variant: return item[0])
	var weighted := items.any(func(item: Array) -> bool: return item[1] != null)
	if _wrong or (items.size() == 1 and not weighted):
		return values[0]
	var words := values.all(func(value: Variant) -> bool: return value is String)
	if weighted and words:
		var map := {}
		for item in items:
			if map.has(item[0]):
				_bad(first, "%s names the same option twice." % named, "Give each option once.")
			map[item[0]] = item[1] if item[1] != null else 1
		return map
	if weighted or not (words or values.all(func(value: Variant) -> bool: return value is int or value is float)):
		_bad(first, "%s mixes numbers and words." % named, "Write 0.1,0.2 or rain:0.7,fog:0.3 or lightning,birds.")
	return values


## [value, weight or null]
func _item(named: String) -> Array:
	var word := _take()
	var text: String = word["text"]
	if not word["kind"] in ["word", "text"]:
		_bad(word, "%s has no value." % named, "Write for example %s=0.5; %s=- unsets it." % [named, named])
		return [null, null]
	var value: Variant = text
	if word["kind"] == "word":
		var parsed: Variant = number(text)
		if parsed is float and is_inf(parsed as float):
			_bad(word, "%s = %s is not a finite number." % [named, text.left(80)], "Write a smaller one.")
		value = null if text == "-" else text if parsed == null else parsed
	return [value, _measure("the weight of " + text.left(80), WEIGHT) if _wrong.is_empty() and _mark(":") else null]
