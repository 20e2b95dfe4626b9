extends Node
## The autoload DialogueManager.

class Story extends Resource:
	var lines: Array[String] = []

class Response:
	var text := ""
	var next_id := ""
	var is_allowed := true
	var tags := PackedStringArray()

class Line:
	var text := ""
	var next_id := ""
	var tags := PackedStringArray()
	var responses: Array = []


func create_resource_from_text(text: String) -> Resource:
	var story := Story.new()
	for line in text.split("\n"):
		if line.strip_edges() and not line.begins_with("#"):
			story.lines.append(line)
	return story


## The next line, after the mutations before it; null at the end. [param key] : a title, or the next_id of a line or response.
func get_next_dialogue_line(resource: Resource, key := "", extra_game_states: Array = []) -> Line:
	var lines: Array[String] = (resource as Story).lines
	var at := int(key) if key.is_valid_int() else lines.find("~ " + key)
	while at >= 0 and at < lines.size():
		var said := lines[at].strip_edges()
		var inside := _indent(lines[at])
		at += 1
		if said.begins_with("~ "):
			continue
		elif said.begins_with("=> "):
			at = lines.find("~ " + said.substr(3)) if said != "=> END" else -1
		elif said.begins_with("set "):
			var words := said.split(" ", false, 3)
			var name_of := words[1]
			var value: Variant = _value(words[3], extra_game_states)
			for state: Object in extra_game_states:
				if name_of in state:
					state.set(name_of, value if words[2] == "=" else _value("%s %s %s" % [name_of, words[2][0], words[3]], extra_game_states))
		elif said.begins_with("do"):
			var call_of := said.trim_prefix("do!").trim_prefix("do").strip_edges()
			var argument: Variant = _value(call_of.substr(call_of.find("(") + 1).trim_suffix(")"), extra_game_states)
			for state: Object in extra_game_states:
				if state.has_method(call_of.get_slice("(", 0)):
					await state.call(call_of.get_slice("(", 0), argument)
					break
		elif said.begins_with("if "):
			if not _value(said.substr(3), extra_game_states):
				at = _after(lines, at, inside)
				at += 1 if at < lines.size() and lines[at].strip_edges() == "else" else 0
		elif said == "else":
			at = _after(lines, at, inside)
		else:
			var line := Line.new()
			line.text = said
			for state: Object in extra_game_states:
				for found in RegEx.create_from_string("{{(\\w+)}}").search_all(said):
					if found.get_string(1) in state:
						line.text = line.text.replace(found.get_string(), str(state.get(found.get_string(1))))
			line.next_id = str(at)
			while at < lines.size() and _indent(lines[at]) == inside and lines[at].strip_edges().begins_with("- "):
				line.responses.append(_response(lines[at].strip_edges(), at + 1, extra_game_states))
				at = _after(lines, at + 1, inside)
			return line
	return null


## Is a response allowed, and which tags has it?
func _response(said: String, next: int, states: Array) -> Response:
	var response := Response.new()
	response.next_id = str(next)
	response.text = said.get_slice("[", 0).trim_prefix("- ").strip_edges()
	for part in said.split("[").slice(1):
		var inner := part.get_slice("]", 0)
		if inner.begins_with("#"):
			response.tags.append(inner.substr(1))
		elif inner.begins_with("if "):
			response.is_allowed = _value(inner.trim_prefix("if ").trim_suffix("/"), states)
	return response


func _after(lines: Array[String], at: int, inside: int) -> int:
	while at < lines.size() and _indent(lines[at]) > inside:
		at += 1
	return at


func _indent(line: String) -> int:
	return line.length() - line.strip_edges(true, false).length()


func _value(expression: String, states: Array) -> Variant:
	var names := PackedStringArray()
	var values := []
	for state: Object in states:
		for property: Dictionary in state.get_property_list():
			if property["usage"] & PROPERTY_USAGE_SCRIPT_VARIABLE and not property["name"] in names:
				names.append(str(property["name"]))
				values.append(state.get(property["name"]))
	var parsed := Expression.new()
	return parsed.execute(values) if parsed.parse(expression, names) == OK else null
