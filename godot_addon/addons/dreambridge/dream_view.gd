@tool
@icon("icons/dream_view.svg")
class_name DreamView
extends Node
## Sends what the game shows, as flat label colours and depth, to a [DreamStream], which paints over it.
##
## Give nodes a label: the metadata [code]dream_label[/code] (in the inspector: Add Metadata, a String), or the group
## [code]dream_<label>[/code], such as "wall" or "dream_wall". Children inherit the label. The label "none" leaves a node out.
## [codeblock]
## $House.set_meta("dream_label", "wall")
## $House/Window.add_to_group("dream_window")
## [/codeblock]
## The labels are those of the bundle's palette: sky, far_land, mid_land, near_land, ground, water, plant, wall, roof, window,
## figure and others. "leaves/plant" means the first of these that the palette has. In 3D a material can have the metadata too, for one
## surface of a mesh. The game itself looks the same as before.
## [br][br]In 2D depth comes from the palette; in 3D it is sent. This node never waits for the daemon. Where Godot cannot read back
## asynchronously (Compatibility), one get_image() for each picture waits for the GPU ([member read_ms] says how long).

## A picture was sent to the daemon. When a frame is painted over it, [member DreamStream.frame_view] is [param number] or greater.
signal sent(number: int)
## The view is attached; pictures have this size.
signal attached(size: Vector2i)
## An error: its code (see PROTOCOL.md), what is wrong, and how to fix it. The stream continues without a view.
signal failed(code: String, message: String, hint: String)

const LabelScene3D := preload("view/label_scene_3d.gd")
const LabelScene2D := preload("view/label_scene_2d.gd")
const Labels := preload("view/labels.gd")
const Readback := preload("view/readback.gd")
const CaptureTimer := preload("view/capture_timer.gd")
const ReadbackChoice := preload("view/readback_choice.gd")
const View := preload("session/view.gd")
## Pictures that are read back at the same time at most.
const MAX_IN_FLIGHT := 4
## A picture that takes longer to read back is given up (a lost device), in milliseconds.
const READBACK_TIMEOUT_MS := 1000
## A picture that is older when it is drawn is not sent: the game was minimised, and nothing was drawn. In milliseconds.
const MAX_AGE_MS := 5000

## The stream that paints over the view.
@export var stream: DreamStream:
	set(value):
		if value != stream:
			_part()
			stream = value
			if is_node_ready() and is_inside_tree():
				_join()
		update_configuration_warnings()
## On: the stream paints over the game. Off: the stream shows the bundle's own stage.
@export var enabled := true:
	set(value):
		if value != enabled:
			enabled = value
			if is_inside_tree():
				_switch()
## This node and its children are in the view. Empty: the current scene.
@export var world: Node
## "auto" is 3D if the viewport has a current Camera3D, else 2D.
@export_enum("auto", "2D", "3D") var space := 0
## The camera of the view in 3D. Empty: the viewport's current camera.
@export var camera: Camera3D
## The label of nodes that have none. "none" leaves them out.
@export var unlabelled := "none"
## The label of the background.
@export var background := "sky"
## The distance from the camera, in metres, at which depth is 1 (3D).
@export_range(1.0, 10000.0, 0.1, "or_greater", "exp", "suffix:m") var far := 100.0
## Send depth as well (3D).
@export var depth := true
## Send the game's own colours as well, if the bundle takes them: what has no label is in the view, too, unless its label is "none",
## and all keeps its colours. In 3D normals and motion go with them, as far as the bundle takes them. Shaders of the game's own count as
## white, unless their material has the metadata [code]dream_colour[/code] (a Color).
@export var own_colours := false:
	set(value):
		if value != own_colours:
			own_colours = value
			if is_inside_tree():
				_switch()
## How pictures are read back from the GPU where there is a choice (Forward+ and Mobile). "asynchronous": the tick does not wait.
## "immediate": the tick waits, and pictures reach the stream two or three ticks earlier. "auto": the tick waits only if asynchronous
## pictures come late and waiting costs less than 2 ms.
@export_enum("auto", "asynchronous", "immediate") var read_back := 0:
	set(value):
		read_back = value
		# Measurements of one way say nothing about the other.
		_choice = ReadbackChoice.new()

## Number of the last picture that was sent; 0: none yet.
var number := 0
## What the last picture cost the main thread for updating the scene of labels, in milliseconds.
var update_ms := 0.0
## The same for reading the picture back.
var read_ms := 0.0
## The same for writing it into the ring.
var write_ms := 0.0
## Milliseconds from the tick of a picture until it is in the ring.
var travel_ms := 0.0
## Milliseconds from the tick of a picture to the tick that shows the frame painted over it; -1: none yet.
var latency_ms := -1.0
## The picture that is sent, label above depth, for debugging; null before the stream is open.
var texture: Texture2D:
	get:
		return _readback.viewport.get_texture() if _readback else null

var _view: View
var _scene: RefCounted
var _readback: Readback
var _deep := false
var _timer: CaptureTimer
var _choice: ReadbackChoice
var _asked := -1
var _last := 0
var _flying := 0
# What the write that was a part of the read took, in milliseconds.
var _wrote := 0.0
# Tick of the picture that was given last, in seconds.
var _given := 0.0
# A picture is asked for and not drawn yet: a renderer with a thread of its own may need more than a tick.
var _drawing := false
# In the editor: is the edited scene sent, and through which camera is it seen?
var _previewed := false
var _editor_eye := Callable()


func _ready() -> void:
	if not Engine.is_editor_hint():
		# After the nodes that move the world in the same tick. Not in the editor, which would write it into the scene.
		process_priority = 1000
	set_process(false)
	if stream == null and not Engine.is_editor_hint():
		push_warning("Dreambridge: the property stream of the DreamView %s is empty." % name)
	_join()


# Not at the first time: the nodes beside it are not ready then.
func _enter_tree() -> void:
	if is_node_ready():
		_join()


func _join() -> void:
	if (Engine.is_editor_hint() and not _previewed) or not is_instance_valid(stream) or _view:
		return
	_view = View.new(stream._session)
	_view.attached.connect(_on_attached)
	_view.failed.connect(_on_failed)
	stream.frame_ready.connect(_on_frame)
	_switch()


## In the editor: send the edited scene as the camera that [param eye] returns sees it, or stop that. The scene file does not change.
func set_previewed(on: bool, eye := Callable()) -> void:
	_editor_eye = eye
	if on != _previewed:
		_previewed = on
		if on and is_node_ready():
			_join()
		else:
			_part()


## In the editor: is the edited scene sent?
func is_previewed() -> bool:
	return _previewed


func _validate_property(property: Dictionary) -> void:
	# It is always 1000 in the game; scenes of older versions hold it.
	if property["name"] == "process_priority":
		property["usage"] = PROPERTY_USAGE_NONE


func _part() -> void:
	if _view:
		_view.detach()
	_view = null
	_clear()
	latency_ms = -1.0
	if is_instance_valid(stream) and stream.frame_ready.is_connected(_on_frame):
		stream.frame_ready.disconnect(_on_frame)


func _get_configuration_warnings() -> PackedStringArray:
	return PackedStringArray() if stream else PackedStringArray(["Set the property stream to the DreamStream that paints over the view."])


func _exit_tree() -> void:
	_part()


func _switch() -> void:
	if _view == null:
		return
	if enabled and DisplayServer.get_name() == "headless":
		_on_failed("not_supported", "A view needs a screen, and Godot runs with --headless.", "Run the game with a screen, or with a virtual one (xvfb-run).")
	elif enabled:
		_deep = space == 2 or (space == 0 and _is_3d())
		_view.attach(["label", "depth"] if _deep and depth else ["label"], _further())
	else:
		_view.detach()
		_clear()
		latency_ms = -1.0


# Layers that are sent if the bundle takes them.
func _further() -> Array:
	if not own_colours:
		return []
	return ["colour", "normal", "motion"] if _deep else ["colour"]


func _process(_delta: float) -> void:
	if _scene == null or not _view.live or _drawing:
		return
	var now := Time.get_ticks_msec()
	if _flying >= MAX_IN_FLIGHT and now - _last < READBACK_TIMEOUT_MS:
		return
	if not _timer.is_due(Time.get_ticks_usec(), _interval(), stream.frame_index != _asked):
		return
	_asked = stream.frame_index
	_last = now
	_capture()


func _capture() -> void:
	var begun := Time.get_ticks_usec()
	if _deep:
		var eye := _eye()
		if eye == null:
			return
		(_scene as LabelScene3D).update(eye)
	else:
		(_scene as LabelScene2D).update(get_viewport())
		_readback.set_unit((_scene as LabelScene2D).unit, (_scene as LabelScene2D).tint)
	_readback.draw()
	update_ms = (Time.get_ticks_usec() - begun) / 1000.0
	_drawing = true
	RenderingServer.frame_post_draw.connect(_read.bind(_readback, Engine.get_process_frames(), begun / 1e6), CONNECT_ONE_SHOT)


func _read(drawn: Readback, tick: int, time: float) -> void:
	if drawn.apart and Engine.get_process_frames() == tick:
		# A renderer with a thread of its own tells late: that was the frame before, and this one is not on its way yet.
		RenderingServer.frame_post_draw.connect(_read.bind(drawn, tick, time), CONNECT_ONE_SHOT)
		return
	_drawing = false
	var begun := Time.get_ticks_usec()
	if drawn != _readback or not _view.live or begun / 1000.0 - time * 1000.0 > MAX_AGE_MS:
		return
	_flying += 1
	_wrote = 0.0
	_readback.read(_write.bind(tick, time), read_back == 2 or (read_back == 0 and _choice.waits))
	read_ms = (Time.get_ticks_usec() - begun) / 1000.0 - _wrote
	if drawn.asynchronous and read_back == 0:
		_choice.arrived(travel_ms * 1000.0, read_ms, _interval(), Time.get_ticks_usec())


## Microseconds between two frames of the stream as it goes now; 0 before it does.
func _interval() -> float:
	var rate := stream._session.current_fps / stream._session.reader.frames_per_slot
	return 1e6 / rate if rate > 0.0 else 0.0


func _write(pixels: PackedByteArray, tick: int, time: float) -> void:
	_flying = maxi(0, _flying - 1)
	# One that was not waited for comes after a younger one that was.
	if time < _given:
		return
	var begun := Time.get_ticks_usec()
	var given := _view.publish(pixels, tick, time)
	var now := Time.get_ticks_usec()
	write_ms = (now - begun) / 1000.0
	_wrote = write_ms
	travel_ms = now / 1000.0 - time * 1000.0
	_timer.arrived(now - time * 1e6)
	if given:
		_given = time
		number = given
		sent.emit(number)


func _on_frame(_index: int, _revision: int) -> void:
	var now := Time.get_ticks_usec()
	var reader := stream._session.reader
	if _timer:
		_timer.saw(reader.begun_ns, reader.published_ns, now)
	if stream.frame_view > 0:
		latency_ms = now / 1000.0 - reader.view_time * 1000.0


func _on_attached(info: Dictionary) -> void:
	_clear()
	var size := Vector2i(info["width"], info["height"])
	var palette: Dictionary = info["palette"]
	var layers: Array = info["layers"]
	var coloured := layers.has("colour")
	if own_colours and not coloured:
		push_warning("Dreambridge: the bundle %s does not take a game's own colours; the view has labels alone." % stream.bundle)
	var labels := Labels.new(palette, background, coloured)
	var others := Labels.UNLABELLED if coloured and unlabelled == Labels.NONE else unlabelled
	if _deep:
		var deep := LabelScene3D.new(labels, others, size, far, layers)
		_readback = Readback.new(deep.stages(), deep.further, deep.unit, false, labels.colours, size, layers)
		_scene = deep
	else:
		var flat := LabelScene2D.new(labels, others, size, layers)
		_readback = Readback.new(flat.stages(), flat.further, flat.unit, true, labels.colours, size, layers)
		_scene = flat
	add_child(_readback.viewport, false, Node.INTERNAL_MODE_BACK)
	relabel()
	get_tree().node_added.connect(_on_node_added)
	get_tree().node_removed.connect(_on_node_removed)
	_timer = CaptureTimer.new()
	_choice = ReadbackChoice.new()
	_given = 0.0
	_asked = -1
	set_process(true)
	attached.emit(size)


func _clear() -> void:
	set_process(false)
	if _scene == null:
		return
	get_tree().node_added.disconnect(_on_node_added)
	get_tree().node_removed.disconnect(_on_node_removed)
	_scene.call("clear")
	_readback.viewport.queue_free()
	_scene = null
	_readback = null
	_flying = 0


## Read all labels again. Call it after you change metadata or groups of nodes that are already in the scene.
func relabel() -> void:
	if _scene:
		_scene.call("clear")
		_scene.call("add", _top())


func _on_node_added(node: Node) -> void:
	if (node == _top() or _top().is_ancestor_of(node)) and not _own(node):
		_scene.call("take", node)


func _on_node_removed(node: Node) -> void:
	_scene.call("remove", node)


## Our own viewports are not part of the view.
func _own(node: Node) -> bool:
	return _readback.viewport == node or _readback.viewport.is_ancestor_of(node)


func _top() -> Node:
	var whole := get_tree().edited_scene_root if Engine.is_editor_hint() else get_tree().current_scene
	return world if world else whole if whole else get_tree().root


func _is_3d() -> bool:
	# The editor always has a camera.
	return _top().find_children("*", "Camera3D", true, false).size() > 0 if Engine.is_editor_hint() else _eye() != null


func _eye() -> Camera3D:
	if camera:
		return camera
	return _editor_eye.call() if _editor_eye.is_valid() else get_viewport().get_camera_3d()


func _on_failed(code: String, message: String, hint: String) -> void:
	push_warning("Dreambridge [%s]: %s %s" % [code, message, hint])
	failed.emit(code, message, hint)
