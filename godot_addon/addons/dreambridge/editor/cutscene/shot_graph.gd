@tool
extends GraphEdit
## All shots of a cutscene as a graph: a box for each shot, a line for each way from one to another. A line that is drawn from a way to another box
## leads it there; a click on a box shows its shot.

signal shot_wanted(shot: String)
## A way out of [param shot] shall lead to [param to]; [param path] is that of the name in the shot.
signal way_wanted(shot: String, path: Array, to: String)

const Follows := preload("follows.gd")
const Problems := preload("problems.gd")
const COLUMN := 250.0
const MAX_WORDS := 26
const MIN_ZOOM := 0.6

var _names: Array[String] = []
# Of each shot: what Follows.ways tells.
var _ways: Array[Array] = []
# Where the user put a box, by the shot's name, as long as this cutscene is edited.
var _places := {}
var _unit := EditorInterface.get_editor_scale()
# What the boxes show: they are made again only for something else.
var _drawn := []


func _init() -> void:
	size_flags_vertical = Control.SIZE_EXPAND_FILL
	minimap_enabled = false
	show_menu = false
	# Deferred: the boxes are made again when the document changes, and not while this control is at work with them.
	connection_request.connect(_on_connection, CONNECT_DEFERRED)
	node_selected.connect(_on_selected, CONNECT_DEFERRED)
	end_node_move.connect(_keep_places)


## Show the shots of a document; [param shown] is the one that the timeline shows.
func show_shots(data: Dictionary, shown: String, problems: Problems) -> void:
	var drawing := [data.hash(), problems.problems.hash()]
	if drawing != _drawn:
		_drawn = drawing
		_make_boxes(data, problems)
	for child in get_children():
		if child is GraphNode:
			(child as GraphNode).selected = _names[child.get_meta(&"shot")] == shown


func _make_boxes(data: Dictionary, problems: Problems) -> void:
	clear_connections()
	for child in get_children():
		if child is GraphNode:
			remove_child(child)
			child.queue_free()
	var shots: Dictionary = data["shots"] if data.get("shots") is Dictionary else {}
	_names.assign(shots.keys())
	_ways.clear()
	for named in _names:
		_ways.append(Follows.ways(shots[named] as Dictionary) if shots[named] is Dictionary else [])
	var places := _laid_out(str(data.get("start", "")))
	for k in _names.size():
		var box := _box(k, problems.in_shot(_names[k]).size(), _names[k] == data.get("start"))
		add_child(box)
		box.position_offset = _places.get(_names[k], places[k])
	for k in _names.size():
		for port in _ways[k].size():
			var to := _names.find(_ways[k][port]["shot"])
			if to >= 0:
				connect_node(StringName("shot%d" % k), port, StringName("shot%d" % to), 0)


## Zoom out until all boxes are seen, if that leaves them readable.
func see_all() -> void:
	var whole := Vector2.ONE
	for child in get_children():
		if child is GraphNode:
			whole = whole.max((child as GraphNode).position_offset + (child as GraphNode).size + Vector2(20, 20) * _unit)
	zoom = clampf(minf(size.x / whole.x, size.y / whole.y), MIN_ZOOM, 1.0)
	scroll_offset = Vector2.ZERO


## The names of the shots to which lines lead from [param shot]; for tests.
func lines_from(shot: String) -> Array:
	return get_connection_list().filter(func(line: Dictionary) -> bool: return _names[_number(line["from_node"] as StringName)] == shot).map(
		func(line: Dictionary) -> String: return _names[_number(line["to_node"] as StringName)])


func _box(k: int, wrong: int, is_start: bool) -> GraphNode:
	var box := GraphNode.new()
	box.name = "shot%d" % k
	box.set_meta(&"shot", k)
	box.title = ("▶ " if is_start else "") + _names[k]
	box.custom_minimum_size.x = 190 * _unit
	box.resizable = false
	var accent := get_theme_color(&"accent_color", &"Editor")
	for port: int in _ways[k].size():
		var way: Dictionary = _ways[k][port]
		var words := Label.new()
		words.text = (way["words"] as String).get_slice("→", 0).strip_edges() if way["shot"] else way["words"] as String
		words.text = words.text if words.text else "then"
		words.tooltip_text = way["words"]
		words.mouse_filter = Control.MOUSE_FILTER_PASS
		words.horizontal_alignment = HORIZONTAL_ALIGNMENT_RIGHT
		words.text_overrun_behavior = TextServer.OVERRUN_TRIM_ELLIPSIS
		words.text = words.text if words.text.length() <= MAX_WORDS else words.text.left(MAX_WORDS - 1) + "…"
		box.add_child(words)
		box.set_slot(port, port == 0, 0, accent, true, 0, accent)
	if wrong:
		var told := Label.new()
		told.text = "%d problem%s" % [wrong, "s" if wrong > 1 else ""]
		told.add_theme_color_override(&"font_color", get_theme_color(&"error_color", &"Editor"))
		box.add_child(told)
	return box


## From left to right by the number of ways from the start; what nothing leads to is in the first column.
func _laid_out(start: String) -> Array[Vector2]:
	var column: Array[int] = []
	column.resize(_names.size())
	column.fill(-1)
	var next: Array[int] = [maxi(0, _names.find(start))]
	var depth := 0
	while next:
		var after: Array[int] = []
		for k in next:
			if k < column.size() and column[k] < 0:
				column[k] = depth
				for way: Dictionary in _ways[k]:
					if way["shot"]:
						after.append(_names.find(way["shot"]))
		next = after.filter(func(k: int) -> bool: return k >= 0)
		depth += 1
	var rows := {}
	var places: Array[Vector2] = []
	for k in _names.size():
		var at := maxi(0, column[k])
		places.append(Vector2(20 + at * COLUMN, rows.get(at, 20.0) as float) * _unit)
		rows[at] = (rows.get(at, 20.0) as float) + 64.0 + 30.0 * _ways[k].size()
	return places


func _keep_places() -> void:
	for child in get_children():
		if child is GraphNode:
			_places[_names[child.get_meta(&"shot")]] = (child as GraphNode).position_offset


## Another cutscene is edited.
func forget() -> void:
	_places.clear()
	_drawn = []


func _on_selected(box: Node) -> void:
	if is_instance_valid(box) and box.is_inside_tree():
		shot_wanted.emit(_names[box.get_meta(&"shot")])


func _on_connection(from: StringName, port: int, to: StringName, _to_port: int) -> void:
	var k := _number(from)
	way_wanted.emit(_names[k], _ways[k][port]["path"], _names[_number(to)])


func _number(node: StringName) -> int:
	return get_node(NodePath(node)).get_meta(&"shot")
