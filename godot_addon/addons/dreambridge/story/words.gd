extends RefCounted
## Splits the text of a direction into words, quoted texts and marks, each with its column (SCRIPT.md).

const MAX_LENGTH := 10_000
const QUOTES := {"\"": "\"", "'": "'", "“": "”", "„": "“”", "«": "»"}
const MARKS := "=,:"
const SPACE := " \t\r\n\u00a0\u3000"
# Marks of writing direction, joiners of nothing, and the byte order mark: an editor puts them in, and nobody sees them.
const INVISIBLE := "\u061c\u200b\u200e\u200f\u2060\ufeff\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"

## Each is {kind, text, column}: a "word", a "text" in quotes, a "mark", or the "end"; columns are from 1.
var words: Array[Dictionary] = []
## {column, message, hint}; empty: nothing is wrong.
var wrong := {}


func _init(text: String) -> void:
	if text.length() > MAX_LENGTH:
		wrong = {
			"column": 1, "message": "The direction has %d characters; the limit is %d." % [text.length(), MAX_LENGTH],
			"hint": "Is a quotation mark missing?",
		}
		return
	var at := 0
	while at < text.length() and wrong.is_empty():
		var letter := text[at]
		if letter in SPACE or letter in INVISIBLE:
			at += 1
		elif letter in MARKS:
			_add("mark", letter, at)
			at += 1
		elif QUOTES.has(letter):
			at = _quoted(text, at)
		else:
			at = _bare(text, at)
	_add("end", "", text.length())


func _quoted(text: String, begin: int) -> int:
	var closing: String = QUOTES[text[begin]]
	var said := ""
	var at := begin + 1
	while at < text.length() and not text[at] in closing:
		if text[at] == "\\" and at + 1 < text.length() and (text[at + 1] == "\\" or text[at + 1] in closing):
			at += 1
		said += text[at]
		at += 1
	if at >= text.length():
		wrong = {
			"column": begin + 1, "message": "A quotation mark is not closed: " + text.substr(begin, 20),
			"hint": "Close it with %s." % closing[-1],
		}
	_add("text", said, begin)
	return at + 1


func _bare(text: String, begin: int) -> int:
	var at := begin
	var said := ""
	while at < text.length() and not text[at] in SPACE and not text[at] in MARKS:
		if not text[at] in INVISIBLE:
			said += text[at]
		at += 1
	_add("word", said, begin)
	return at


func _add(kind: String, text: String, at: int) -> void:
	words.append({"kind": kind, "text": text, "column": at + 1})
