extends RefCounted
## Draws a 2D game's world once more, as flat labels: the same canvas, seen by a viewport of its own that draws it upside down. By
## that the items' label material knows where it is; on the screen it draws as if it were not there.
##
## The items themselves do not change: only the rendering server knows of the label's material, so that a scene in the editor is saved as it
## is. An item with a ShaderMaterial of its own takes part when its shader includes label_2d.gdshaderinc; else it is left out. So is
## one that adds, subtracts or multiplies: what glows hides nothing.

const Labels := preload("labels.gd")
const INCLUDE := preload("label_2d.gdshaderinc")
const CODE := "shader_type canvas_item;\nrender_mode %s;\n#include \"%s\"\nvoid vertex() {\n\tDREAM_VERTEX(CANVAS_MATRIX)\n}\nvoid fragment() {\n\tDREAM_FRAGMENT(COLOR)\n}\n"
const PARAMETER := &"dream_label"
## The visibility layer that only this stage looks at; the items that take part are put on it too.
const LAYER := 1 << 19
# Lights belong to the game's canvas layer 0; on this one they do not shine into the labels.
const STACKING := 1000
const BLENDS := {CanvasItemMaterial.BLEND_MODE_MIX: "blend_mix", CanvasItemMaterial.BLEND_MODE_PREMULT_ALPHA: "blend_premul_alpha"}
const LIGHTS: Array[String] = ["", "unshaded", "light_only"]


class Part:
	extends RefCounted
	var item: CanvasItem
	var rid: RID


var viewport := SubViewport.new()
## The picture of the game's own colours, if the view has them: {"colour": SubViewport}.
var further := {}
## The canvas's tint, which lies on the colours.
var tint := Vector3.ONE
## What a 1 is in each channel of the picture.
var unit := Vector3.ONE

var _labels: Labels
var _unlabelled: String
var _step: float
var _parts := {}
var _waiting: Array[Node] = []
# The label's materials by their kind, and those of items that have a shader of their own.
var _materials := {}
# A material to its label's number.
var _numbers := {}
var _shaders := {}
var _night: CanvasModulate


## [param layers]: those of the view.
func _init(labels: Labels, unlabelled: String, size: Vector2i, layers: Array = []) -> void:
	_labels = labels
	_unlabelled = unlabelled
	if layers.has("colour"):
		var own := SubViewport.new()
		own.size = size
		own.disable_3d = true
		own.transparent_bg = true
		own.gui_disable_input = true
		own.canvas_cull_mask = LAYER
		own.render_target_update_mode = SubViewport.UPDATE_DISABLED
		further["colour"] = own
	_step = floorf(255.0 / maxf(labels.colours.size(), 66.0 if further else 0.0)) / 255.0
	viewport.size = size
	viewport.disable_3d = true
	viewport.transparent_bg = true
	viewport.gui_disable_input = true
	viewport.canvas_cull_mask = LAYER
	viewport.render_target_update_mode = SubViewport.UPDATE_DISABLED


## All pictures, that of the labels first.
func stages() -> Array[SubViewport]:
	var out: Array[SubViewport] = [viewport]
	for own: SubViewport in further.values():
		out.append(own)
	return out


## Take [param node] and all under it in.
func add(node: Node) -> void:
	take(node)
	for child in node.get_children():
		add(child)


## Take [param node] in with the next picture.
func take(node: Node) -> void:
	if node is CanvasItem:
		_waiting.append(node)


## [param node] left the tree: it gets back what it had.
func remove(node: Node) -> void:
	var part: Part = _parts.get(node.get_instance_id())
	if part == null:
		return
	_parts.erase(node.get_instance_id())
	var own := part.item.material
	RenderingServer.canvas_item_set_visibility_layer(part.rid, part.item.visibility_layer)
	RenderingServer.canvas_item_set_material(part.rid, own.get_rid() if own else RID())
	if own is ShaderMaterial and _numbers.has(own):
		RenderingServer.material_set_param(own.get_rid(), PARAMETER, null)


func clear() -> void:
	for part: Part in _parts.values():
		if is_instance_valid(part.item):
			remove(part.item)
	_parts.clear()
	_waiting.clear()


func count() -> int:
	return _parts.size()


## See what [param game] sees now: its height, and as much to the sides as fits.
func update(game: Viewport) -> void:
	if viewport.world_2d != game.world_2d:
		viewport.world_2d = game.world_2d
		RenderingServer.viewport_set_canvas_stacking(viewport.get_viewport_rid(), game.world_2d.canvas, STACKING, 0)
	for node: Variant in _waiting:
		if is_instance_valid(node) and (node as Node).is_inside_tree() and (node as CanvasItem).get_canvas() == game.world_2d.canvas:
			_make(node as CanvasItem)
	_waiting.clear()
	var seen := game.get_visible_rect().size
	var scale := viewport.size.y / seen.y
	var fit := Transform2D(Vector2(scale, 0), Vector2(0, -scale), Vector2((viewport.size.x - seen.x * scale) / 2.0, viewport.size.y))
	viewport.canvas_transform = fit * game.global_canvas_transform * game.canvas_transform
	for own: SubViewport in further.values():
		if own.world_2d != game.world_2d:
			own.world_2d = game.world_2d
			RenderingServer.viewport_set_canvas_stacking(own.get_viewport_rid(), game.world_2d.canvas, STACKING, 0)
		var upright := Transform2D(Vector2(scale, 0), Vector2(0, scale), Vector2((own.size.x - seen.x * scale) / 2.0, 0.0))
		own.canvas_transform = upright * game.global_canvas_transform * game.canvas_transform
	var shade := _night.color if is_instance_valid(_night) and _night.is_inside_tree() and _night.is_visible_in_tree() else Color.WHITE
	tint = Vector3(shade.r, shade.g, shade.b)
	var now := tint * _step
	if now != unit:
		unit = now
		for material: ShaderMaterial in _numbers:
			_set_label(material)


## The canvas's tint falls on all but unshaded items: these are given numbers as if they were tinted.
func _set_label(material: ShaderMaterial) -> void:
	var label: int = _numbers[material]
	var one := unit[unit.max_axis_index()] if material.shader.code.contains("unshaded") else _step
	RenderingServer.material_set_param(material.get_rid(), PARAMETER, label * one)


func _make(item: CanvasItem) -> void:
	if item is CanvasModulate:
		_night = item as CanvasModulate
		return
	var known: Part = _parts.get(item.get_instance_id())
	if known:
		remove(item)
	var part := Part.new()
	part.item = item
	part.rid = item.get_canvas_item()
	if not item.use_parent_material:
		var label := _labels.of(item, _unlabelled)
		var own := item.material as ShaderMaterial
		var plain := item.material as CanvasItemMaterial
		if own and own.shader and own.shader.code.contains("label_2d.gdshaderinc"):
			_numbers[own] = label
			_set_label(own)
		elif own or (plain and not BLENDS.has(plain.blend_mode)):
			if label:
				push_warning("Dreambridge: %s is not in the view, because it %s." % [item, "has a shader of its own without label_2d.gdshaderinc" if own else "does not cover what is behind it"])
			return
		else:
			RenderingServer.canvas_item_set_material(part.rid, _material(plain, label).get_rid())
	RenderingServer.canvas_item_set_visibility_layer(part.rid, item.visibility_layer | LAYER)
	_parts[item.get_instance_id()] = part


## The label's material that blends and is lit as [param as_before] says.
func _material(as_before: CanvasItemMaterial, label: int) -> ShaderMaterial:
	var modes: String = BLENDS[as_before.blend_mode if as_before else CanvasItemMaterial.BLEND_MODE_MIX]
	if as_before and LIGHTS[as_before.light_mode]:
		modes += ", " + LIGHTS[as_before.light_mode]
	var key := "%s %d" % [modes, label]
	if not _materials.has(key):
		if not _shaders.has(modes):
			var shader := Shader.new()
			shader.code = CODE % [modes, INCLUDE.resource_path]
			_shaders[modes] = shader
		var made := ShaderMaterial.new()
		made.shader = _shaders[modes]
		_numbers[made] = label
		_set_label(made)
		_materials[key] = made
	return _materials[key]
