@tool
@icon("icons/dream_output.svg")
class_name DreamOutput
extends Node
## Shows a [DreamStream] on nodes of the scene: smoothly between its frames, faded over to another stream, or with a film in its place.
##
## A stream of 24 frames a second stutters on a screen of 60 or 144 Hz. With [member smooth] each picture of the screen lies between the last
## two frames. That delays the picture by one frame of the stream ([member added_ms]).
## [codeblock]
## await $DreamOutput.fade_to($OtherStream, 2.0)
## [/codeblock]
## While the game runs, the targets get a material of this node: a 2D item by its material, a 3D surface by its material override.

const FramePair := preload("view/frame_pair.gd")
const SHADER_2D := preload("view/blend_2d.gdshader")
const SHADER_3D := preload("view/blend_3d.gdshader")

## The stream to show.
@export var stream: DreamStream:
	set(value):
		_leave(stream)
		stream = value
		_join(stream)
		update_configuration_warnings()
## The nodes that show it: [CanvasItem]s such as a TextureRect or Sprite2D, and [GeometryInstance3D]s. Empty: the parent.
@export var targets: Array[NodePath] = []:
	set(value):
		targets = value
		update_configuration_warnings()
## Blend from frame to frame.
@export var smooth := true
## Shown instead of the stream while no daemon answers or the stream has failed, such as a film that was baked; it is repeated. Godot plays
## Ogg Theora by itself.
@export var film: VideoStream

## The delay by [member smooth], in milliseconds: one frame of the stream.
var added_ms: float:
	get:
		return _pair_of(stream).interval * 1000.0 if smooth else 0.0
## Is the film shown?
var is_film_shown: bool:
	get:
		return _player != null

# DreamStream -> FramePair
var _pairs := {}
var _other: DreamStream
var _fade := 0.0
var _material_2d := ShaderMaterial.new()
var _material_3d := ShaderMaterial.new()
# Node -> the material that it had.
var _had := {}
var _player: VideoStreamPlayer


func _init() -> void:
	_material_2d.shader = SHADER_2D
	_material_3d.shader = SHADER_3D


func _get_configuration_warnings() -> PackedStringArray:
	var said := PackedStringArray()
	if stream == null:
		said.append("Set the property stream to the DreamStream to show.")
	for node in _nodes():
		if not node is CanvasItem and not node is GeometryInstance3D:
			said.append("%s is neither a CanvasItem nor a GeometryInstance3D." % node.name)
	return said


func _ready() -> void:
	set_process(not Engine.is_editor_hint())
	if Engine.is_editor_hint():
		return  # for the warnings only: the scene would be saved with its materials
	for node in _nodes():
		if node is CanvasItem:
			_had[node] = (node as CanvasItem).material
			(node as CanvasItem).material = _material_2d
			if &"texture" in node and node.get(&"texture") == null and stream:
				node.set(&"texture", stream.texture)  # for its size
		elif node is GeometryInstance3D:
			_had[node] = (node as GeometryInstance3D).material_override
			(node as GeometryInstance3D).material_override = _material_3d
	_process(0.0)


func _exit_tree() -> void:
	_end_film()
	for node: Variant in _had:
		if is_instance_valid(node):
			(node as Node).set(&"material" if node is CanvasItem else &"material_override", _had[node])
	_had.clear()


func _process(_delta: float) -> void:
	if stream and is_instance_valid(stream.film_shown):
		_end_film()  # the film of a cutscene is in the stream's texture
	elif film and stream and stream.is_hopeless():
		_play_film()
	var now := Time.get_ticks_usec()
	_put("a", stream, now)
	_put("b", _other, now)
	_set_parameter(&"fade", _fade)


## [code]await output.fade_to(other, 2.0)[/code] fades over to another stream, which is then [member stream], and returns true. Returns false if
## another fade took its place, or if a node was freed. [param other] should be running.
func fade_to(other: DreamStream, seconds := 1.0) -> bool:
	if other == null or other == stream:
		return other != null
	_leave(_other)
	_other = other
	_join(other)
	var begun := Time.get_ticks_usec()
	while is_inside_tree() and is_instance_valid(other) and _other == other:
		# It begins when there is something to see.
		if not _pair_of(other).has_picture():
			begun = Time.get_ticks_usec()
		_fade = clampf((Time.get_ticks_usec() - begun) / 1e6 / maxf(seconds, 1e-3), 0.0, 1.0)
		if _fade >= 1.0:
			_other = null
			_fade = 0.0
			var pair := _pair_of(other)
			stream = other
			_pairs[other] = pair
			return true
		await get_tree().process_frame
	return false


func _put(which: String, of: DreamStream, now: int) -> void:
	if _player and which == "a":
		_set_parameter(&"picture_a", _player.get_video_texture())
		_set_parameter(&"weight_a", 1.0)
		return
	if not is_instance_valid(of):
		return
	var pair := _pair_of(of)
	if not pair.has_picture():
		_set_parameter(&"picture_" + which, of.texture)
		_set_parameter(&"weight_" + which, 1.0)
		return
	_set_parameter(&"picture_" + which, pair.picture)
	_set_parameter(&"before_" + which, pair.before)
	_set_parameter(&"weight_" + which, pair.weight(now) if smooth else 1.0)


func _set_parameter(named: StringName, value: Variant) -> void:
	_material_2d.set_shader_parameter(named, value)
	_material_3d.set_shader_parameter(named, value)


func _pair_of(of: DreamStream) -> FramePair:
	if not _pairs.has(of):
		_pairs[of] = FramePair.new()
	return _pairs[of]


func _join(to: DreamStream) -> void:
	if to and not Engine.is_editor_hint():
		_leave(to)
		to.frame_ready.connect(_on_frame.bind(to))


func _leave(from: DreamStream) -> void:
	if is_instance_valid(from):
		for connection: Dictionary in from.frame_ready.get_connections():
			var called: Callable = connection["callable"]
			if called.get_object() == self:
				from.frame_ready.disconnect(called)
	_pairs.erase(from)


func _on_frame(_index: int, _revision: int, of: DreamStream) -> void:
	if of == stream:
		_end_film()
	_pair_of(of).take(of.texture._image, Time.get_ticks_usec())


func _play_film() -> void:
	if _player:
		return
	_player = VideoStreamPlayer.new()
	_player.stream = film
	_player.loop = true
	_player.visible = false
	add_child(_player, false, INTERNAL_MODE_FRONT)
	_player.play()


func _end_film() -> void:
	if _player:
		_player.queue_free()
		_player = null


func _nodes() -> Array[Node]:
	var found: Array[Node] = []
	for path in targets:
		if get_node_or_null(path):
			found.append(get_node(path))
	if targets.is_empty() and get_parent():
		found.append(get_parent())
	return found
