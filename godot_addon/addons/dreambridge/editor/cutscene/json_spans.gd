@tool
extends RefCounted
## Where each value of a JSON text stands, so that an edit replaces that value and leaves all else as its author wrote it: fields that
## nobody here knows, the order, the spaces, numbers of any length. A path is names and indices from the root.

const TOKENS := "\"(?:[^\"\\\\]|\\\\.)*\"|[{}\\[\\],:]|[^\\s{}\\[\\],:\"]+"

var text := ""

# {from, to} of each value; an object has members too (name to {from, node}), an array items.
var _root := {}
var _tokens: Array[RegExMatch] = []
var _at := 0

static var _pattern := RegEx.create_from_string(TOKENS)


## The spans of [param json]; null when it is not JSON.
static func of(json: String) -> RefCounted:
	var made: RefCounted = new()
	return made if made.call("_read", json) else null


func has(path: Array) -> bool:
	return not _find(path).is_empty()


## The text of the value at [param path].
func text_of(path: Array) -> String:
	var node := _find(path)
	return text.substr(node["from"] as int, (node["to"] as int) - (node["from"] as int)) if node else ""


## The text with [param value] at [param path]; a member that is not there yet is added at the end of its object, an item with the index
## of its array's length at the end of it.
func replaced(path: Array, value: Variant) -> String:
	return replaced_by_text(path, write(value))


func replaced_by_text(path: Array, written: String) -> String:
	var node := _find(path)
	if node:
		return _spliced(node["from"] as int, node["to"] as int, written)
	var within := _find(path.slice(0, -1))
	if within.is_empty():
		return text
	var last: Variant = path[-1]
	var addition := written if within.has("items") else "%s: %s" % [JSON.stringify(str(last)), written]
	var parts := _parts(within)
	if parts.is_empty():
		return _spliced((within["from"] as int) + 1, (within["to"] as int) - 1, addition)
	var before: Dictionary = parts[-1]
	return _spliced(before["to"] as int, before["to"] as int, _separator(within, parts) + addition)


## The text with [param value] as an item of the array at [param path], before the item [param index].
func inserted(path: Array, index: int, value: Variant) -> String:
	var parts := _parts(_find(path))
	if index >= parts.size():
		return replaced(path + [parts.size()], value)
	var next: Dictionary = parts[index]
	return _spliced(next["from"] as int, next["from"] as int, write(value) + _separator(_find(path), parts))


## The text without the value at [param path], its name and its comma.
func removed(path: Array) -> String:
	var parts := _parts(_find(path.slice(0, -1)))
	for k in parts.size():
		if parts[k]["name"] == path[-1]:
			if k + 1 < parts.size():
				return _spliced(parts[k]["from"] as int, parts[k + 1]["from"] as int, "")
			return _spliced((parts[k - 1]["to"] if k else parts[k]["from"]) as int, parts[k]["to"] as int, "")
	return text


## A member's name is another one.
func renamed(path: Array, to: String) -> String:
	for part in _parts(_find(path.slice(0, -1))):
		if part["name"] == path[-1]:
			var from: int = part["from"]
			return _spliced(from, text.find(":", from + JSON.stringify(str(path[-1])).length() - 1), JSON.stringify(to))
	return text


## The items of the array at [param path] in another order.
func reordered(path: Array, order: Array[int]) -> String:
	var parts := _parts(_find(path))
	var made := text
	for k in range(parts.size() - 1, -1, -1):
		made = made.substr(0, parts[k]["from"] as int) + text_of(path + [order[k]]) + made.substr(parts[k]["to"] as int)
	return made


## Line and column, from 1, of the value at [param path].
func line_of(path: Array) -> int:
	var node := _find(path)
	return text.substr(0, node["from"] as int).count("\n") + 1 if node else 1


## A value as JSON on one line, as a person writes it.
static func write(value: Variant) -> String:
	if value is Dictionary:
		var fields := PackedStringArray()
		for key: Variant in value as Dictionary:
			fields.append("%s: %s" % [JSON.stringify(str(key)), write((value as Dictionary)[key])])
		return "{%s}" % ", ".join(fields)
	if value is Array:
		return "[%s]" % ", ".join(PackedStringArray((value as Array).map(write)))
	if value is float:
		var number := snappedf(value as float, 0.0001)
		return str(int(number)) if number == roundf(number) and absf(number) < 1e15 else str(number)
	return JSON.stringify(value)


func _spliced(from: int, to: int, with: String) -> String:
	return text.substr(0, from) + with + text.substr(to)


# {name, from, to} of what an object or array holds; of a member with its name.
func _parts(node: Dictionary) -> Array[Dictionary]:
	var found: Array[Dictionary] = []
	for member: String in node.get("members", {}):
		var held: Dictionary = node["members"][member]
		found.append({"name": member, "from": held["from"], "to": held["node"]["to"]})
	var items: Array = node.get("items", [])
	for k in items.size():
		found.append({"name": k, "from": items[k]["from"], "to": items[k]["to"]})
	return found


# As between the parts that are there; before a second one as the first stands.
func _separator(node: Dictionary, parts: Array[Dictionary]) -> String:
	if parts.size() > 1:
		return text.substr(parts[-2]["to"] as int, (parts[-1]["from"] as int) - (parts[-2]["to"] as int))
	var lead := text.substr((node["from"] as int) + 1, (parts[0]["from"] as int) - (node["from"] as int) - 1)
	return "," + lead if lead.contains("\n") else ", "


func _find(path: Array) -> Dictionary:
	var node := _root
	for step: Variant in path:
		if step is String and (node.get("members", {}) as Dictionary).has(step):
			node = node["members"][step]["node"]
		elif not step is String and node.has("items") and int(step as float) < (node["items"] as Array).size():
			node = node["items"][int(step as float)]
		else:
			return {}
	return node


func _read(json: String) -> bool:
	if JSON.parse_string(json) == null:
		return false
	text = json
	_tokens = _pattern.search_all(json)
	_root = _value()
	return true


# The text is JSON: that was tried before.
func _value() -> Dictionary:
	var token := _tokens[_at]
	_at += 1
	var node := {"from": token.get_start(), "to": token.get_end()}
	if token.get_string() == "{":
		node["members"] = {}
		while _tokens[_at].get_string() != "}":
			var key := _tokens[_at]
			_at += 2
			node["members"][JSON.parse_string(key.get_string())] = {"from": key.get_start(), "node": _value()}
			_at += int(_tokens[_at].get_string() == ",")
	elif token.get_string() == "[":
		node["items"] = []
		while _tokens[_at].get_string() != "]":
			(node["items"] as Array).append(_value())
			_at += int(_tokens[_at].get_string() == ",")
	else:
		return node
	node["to"] = _tokens[_at].get_end()
	_at += 1
	return node
