extends RefCounted
## What the scene dock warns of at a [DreamStream].

const PoseLinks := preload("pose_links.gd")
const Properties := preload("conditions/properties.gd")
const Program := preload("system/program.gd")
const ConnectionFile := preload("system/connection_file.gd")
const Question := preload("system/question.gd")
const PRESETS := "res://export_presets.cfg"
const MAX_LINES := 4
const WITHOUT_DAEMON: PackedStringArray = ["Web", "Android", "iOS"]


## [param trouble] is the last error of the running stream, "" if there is none.
static func of(stream: DreamStream, schema: Dictionary, group: StringName, trouble := "") -> PackedStringArray:
	var said := PackedStringArray()
	if trouble:
		said.append(trouble)
	if Engine.is_editor_hint():
		if not trouble and Program.find(stream.python) == "" and ConnectionFile.read(stream.daemon).is_empty():
			said.append("No daemon runs, and nothing is installed that could start one. Press Install in Project Settings > Dreambridge, or choose a Python that has dreambridge there.")
		var without := _exports_without_daemon() if stream.fallback == null and stream.poster == null else PackedStringArray()
		if without:
			said.append("The export preset %s is for a platform where no daemon can run. Set fallback to the picture that the game shows there." % ", ".join(without))
	for condition in Properties.unknown(schema, stream.conditions) if schema else PackedStringArray():
		said.append("The bundle %s has no condition %s. Its value is kept in the scene. Revert the property to remove it, or choose another bundle." % [stream.bundle, condition])
	for condition: Variant in stream.conditions if stream.is_inside_tree() else {}:
		var value: Variant = stream.conditions[condition]
		if value is NodePath and PoseLinks.named(stream, value as NodePath) == null:
			said.append("The value of %s is the path %s, but there is not a DreamPose." % [condition, value])
	if stream.python and Engine.is_editor_hint():
		said.append("This scene holds the path of a Python, which is not saved any more. Set it in Project Settings > Dreambridge or Editor Settings > Dreambridge.")
	if not stream.is_inside_tree() or stream.texture == null:
		return said
	var textures: Array[DreamTexture] = []
	for other: DreamStream in stream.get_tree().get_nodes_in_group(group):
		textures.append(other.texture)
		if other != stream and other.texture == stream.texture:
			said.append("%s has the same texture. Make this one unique, or both streams write into it." % other.name)
	var shows: Array[Node] = []
	_find(stream.owner if stream.owner else stream.get_parent(), shows)
	var texture_of := func(node: Node) -> DreamTexture: return node.get(&"texture")
	var orphans := shows.filter(func(node: Node) -> bool: return not textures.has(texture_of.call(node)))
	var mine := shows.filter(func(node: Node) -> bool: return texture_of.call(node) == stream.texture)
	if orphans and mine.is_empty():
		said.append("%s shows a DreamTexture that no stream writes into. Give it the same texture resource as this stream." % orphans[0].name)
	return said


## What is wrong with the version of the daemon that wrote this connection file; "" if it is the addon's own.
static func apart(connection: Dictionary) -> String:
	var theirs := str(connection.get("version", Question.Messages.ADDON))
	return "" if theirs == Question.Messages.ADDON else Question.apart(theirs) + " Stop the daemon, and start one of this version."


## The lines of [param said] with that one, once; the last few of them.
static func with_line(said: String, line: String) -> String:
	var lines := said.split("\n", false)
	if line not in lines:
		lines.append(line)
	return "\n".join(lines.slice(-MAX_LINES))


## [message, hint] about frames that this GPU cannot show in their size; empty if it can.
static func too_large(width: int, height: int) -> PackedStringArray:
	if maxi(width, height) <= DreamTexture.max_side():
		return []
	return [
		"The frames have %d x %d pixels, and this GPU takes textures of at most %d x %d." % [width, height, DreamTexture.max_side(), DreamTexture.max_side()],
		"They are shown smaller, which costs time for each frame. Choose a bundle with smaller frames.",
	]


## The names of the export presets for platforms without shared files.
static func _exports_without_daemon() -> PackedStringArray:
	var found := PackedStringArray()
	var presets := ConfigFile.new()
	if not FileAccess.file_exists(PRESETS) or presets.load(PRESETS) != OK:
		return found
	for section in presets.get_sections():
		if str(presets.get_value(section, "platform", "")) in WITHOUT_DAEMON:
			found.append(str(presets.get_value(section, "name", section)))
	return found


## The nodes below [param node] that show a [DreamTexture].
static func _find(node: Node, found: Array[Node]) -> void:
	if node == null:
		return
	if &"texture" in node and not node is DreamStream and node.get(&"texture") is DreamTexture:
		found.append(node)
	for child in node.get_children():
		_find(child, found)
