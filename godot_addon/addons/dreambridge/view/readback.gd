extends RefCounted
## Packs a stage's numbers into the bytes of the input ring and brings them from the GPU: asynchronously where there is a
## RenderingDevice that can (Forward+, Mobile, Godot 4.4 or newer), else by one get_image() a picture.

const SHADER := preload("pack.gdshader")
## The layers of a view in the order of a slot, and of pack.gdshader.
const KINDS: Array[String] = ["label", "colour", "depth", "normal", "motion"]

var viewport := SubViewport.new()
## Can it be read back asynchronously?
var asynchronous := false
## Does the renderer have a thread of its own?
var apart := false

var _stages: Array[SubViewport] = []
var _material := ShaderMaterial.new()
var _device: RenderingDevice


## [param stages]: that of labels and depth, then those of [param further] layers, by layer. [param layers]: those of the view.
func _init(stages: Array[SubViewport], further: Dictionary, unit: Vector3, flipped: bool, colours: PackedVector3Array, size: Vector2i, layers: Array) -> void:
	_stages = stages
	viewport.size = Vector2i(size.x, size.y * layers.size())
	viewport.disable_3d = true
	viewport.gui_disable_input = true
	viewport.render_target_update_mode = SubViewport.UPDATE_DISABLED
	# Children are drawn first.
	for stage in stages:
		viewport.add_child(stage)
	_material.shader = SHADER
	_material.set_shader_parameter("numbers", stages[0].get_texture())
	for layer: String in further:
		_material.set_shader_parameter(layer + "_numbers", (further[layer] as SubViewport).get_texture())
	var kinds := PackedInt32Array()
	for layer: String in layers:
		kinds.append(KINDS.find(layer))
	kinds.resize(KINDS.size())
	_material.set_shader_parameter("kinds", kinds)
	if layers.has("colour"):
		# Alpha counts.
		viewport.transparent_bg = true
		_material.set_shader_parameter("coloured", true)
	_material.set_shader_parameter("colours", colours)
	_material.set_shader_parameter("unit", unit)
	_material.set_shader_parameter("layers", float(layers.size()))
	_material.set_shader_parameter("flipped", flipped)
	var sheet := ColorRect.new()
	sheet.size = viewport.size
	sheet.material = _material
	viewport.add_child(sheet)
	_device = RenderingServer.get_rendering_device()
	asynchronous = _device != null and _device.has_method("texture_get_data_async")
	# At once if there is no other thread.
	var threads := [OS.get_main_thread_id() + 1]
	RenderingServer.call_on_render_thread(func() -> void: threads[0] = OS.get_thread_caller_id())
	apart = threads[0] != OS.get_main_thread_id()


func set_unit(unit: Vector3, tint := Vector3.ONE) -> void:
	_material.set_shader_parameter("unit", unit)
	_material.set_shader_parameter("tint", tint)


## Draw both with the coming frame.
func draw() -> void:
	for stage in _stages:
		stage.render_target_update_mode = SubViewport.UPDATE_ONCE
	viewport.render_target_update_mode = SubViewport.UPDATE_ONCE


## After that frame was drawn: [param take] gets the bytes on the main thread, at once (always so if [param waits]) or some frames
## later; an empty array when there are none. Several may be on their way.
func read(take: Callable, waits: bool) -> void:
	if asynchronous and not waits:
		RenderingServer.call_on_render_thread(_read_later.bind(viewport.get_texture().get_rid(), take))
		return
	var image := viewport.get_texture().get_image()
	if image == null or image.is_empty():
		take.call(PackedByteArray())
		return
	if image.get_format() != Image.FORMAT_RGBA8:
		image.convert(Image.FORMAT_RGBA8)
	take.call(image.get_data())


func _read_later(picture: RID, take: Callable) -> void:
	var texture := RenderingServer.texture_get_rd_texture(picture)
	# By name, for Godot 4.3 does not have it.
	var error: int = _device.call("texture_get_data_async", texture, 0, _arrived.bind(take))
	if error != OK:
		_arrived(PackedByteArray(), take)


## Where the renderer has a thread of its own, it is that one which calls; and who asked may be gone by now.
static func _arrived(bytes: PackedByteArray, take: Callable) -> void:
	if not take.is_valid():
		return
	if OS.get_thread_caller_id() == OS.get_main_thread_id():
		take.call(bytes)
	else:
		take.call_deferred(bytes)
