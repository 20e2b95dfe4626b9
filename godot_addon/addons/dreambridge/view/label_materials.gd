extends RefCounted
## The materials of the twins in label_scene_3d.gd: one for each label, and one more for each surface that is cut out by
## the alpha of its texture. With further layers (colour, normal, motion), one for each label and material of the game.

const SOLID := preload("label_3d.gdshader")
const CUT := preload("label_3d_cut.gdshader")
const LAYERS_SOLID := preload("layers_3d.gdshader")
const LAYERS_CUT := preload("layers_3d_cut.gdshader")
const HALF := 0.5


## What a surface shows in the game, as far as the layer of colours has it.
class Own:
	extends RefCounted
	var colour := Color.WHITE
	var texture: Texture2D
	var scale := Vector2.ONE
	var offset := Vector2.ZERO
	var vertex_colours := false

	func key() -> Array:
		return [colour, texture, scale, offset, vertex_colours]


var _far: float
var _further: bool
var _made := {}


## [param further]: the twins are drawn in further layers than label and depth.
func _init(far: float, further := false) -> void:
	_far = far
	_further = further


## The material of label number [param label] for a surface that wears [param material] in the game (or none).
func dress(label: int, material: Material) -> Material:
	var worn := material as BaseMaterial3D
	if worn == null or worn.transparency == BaseMaterial3D.TRANSPARENCY_DISABLED or worn.albedo_texture == null:
		if worn == null or worn.billboard_mode == BaseMaterial3D.BILLBOARD_DISABLED:
			return solid(label, own_of(material))
	var threshold := worn.alpha_scissor_threshold if worn.transparency == BaseMaterial3D.TRANSPARENCY_ALPHA_SCISSOR else HALF
	return cut(label, worn.albedo_texture, threshold, worn.billboard_mode, Vector2(worn.uv1_scale.x, worn.uv1_scale.y), Vector2(worn.uv1_offset.x, worn.uv1_offset.y), own_of(material))


func solid(label: int, own: Own = null) -> Material:
	var key := [label, own.key() if own and _further else []]
	if not _made.has(key):
		_made[key] = _make(LAYERS_SOLID if _further else SOLID, label, own)
	return _made[key]


func cut(label: int, texture: Texture2D, threshold: float, billboard: int, scale := Vector2.ONE, offset := Vector2.ZERO, own: Own = null) -> Material:
	var key := [label, texture, threshold, billboard, scale, offset, own.key() if own and _further else []]
	if not _made.has(key):
		var made := _make(LAYERS_CUT if _further else CUT, label, own)
		made.set_shader_parameter("cut", texture)
		made.set_shader_parameter("threshold", threshold)
		made.set_shader_parameter("billboard", billboard)
		made.set_shader_parameter("uv_scale", scale)
		made.set_shader_parameter("uv_offset", offset)
		_made[key] = made
	return _made[key]


## Whether a surface without a label lets the player see through it: in the view it would be an opaque wall.
static func is_see_through(material: Material) -> bool:
	var worn := material as BaseMaterial3D
	if worn == null:
		return false
	if worn.blend_mode != BaseMaterial3D.BLEND_MODE_MIX:
		return true
	var cuts := worn.transparency == BaseMaterial3D.TRANSPARENCY_DISABLED or worn.transparency == BaseMaterial3D.TRANSPARENCY_ALPHA_SCISSOR
	return not cuts and worn.albedo_color.a < HALF


## A material that draws nothing: the cut's threshold is above every alpha.
func nothing() -> Material:
	return cut(0, null, 2.0, BaseMaterial3D.BILLBOARD_DISABLED)


## Forget all materials; no twin may wear one.
func clear() -> void:
	_made.clear()


## The colours of a material of the game: those of a BaseMaterial3D; of a shader of the game's own nothing is known, and it is white,
## unless the material has the metadata [code]dream_colour[/code].
static func own_of(material: Material) -> Own:
	var own := Own.new()
	var worn := material as BaseMaterial3D
	if worn:
		own.colour = worn.albedo_color
		own.texture = worn.albedo_texture
		own.scale = Vector2(worn.uv1_scale.x, worn.uv1_scale.y)
		own.offset = Vector2(worn.uv1_offset.x, worn.uv1_offset.y)
		own.vertex_colours = worn.vertex_color_use_as_albedo
	if material and material.has_meta(&"dream_colour"):
		own.colour = material.get_meta(&"dream_colour")
		own.texture = null
	return own


static func own_of_sprite(colour: Color, texture: Texture2D) -> Own:
	var own := Own.new()
	own.colour = colour
	own.texture = texture
	return own


## Tell all materials where the world is seen now, and where it was in the last picture.
func look(now: Projection, before: Projection, size: Vector2i) -> void:
	for made: ShaderMaterial in _made.values():
		made.set_shader_parameter("seen_now", now)
		made.set_shader_parameter("seen_before", before)
		made.set_shader_parameter("picture_size", Vector2(size))


func _make(shader: Shader, label: int, own: Own) -> ShaderMaterial:
	var made := ShaderMaterial.new()
	made.shader = shader
	made.set_shader_parameter("label", label)
	made.set_shader_parameter("far", _far)
	if _further and own:
		# As bytes of sRGB: the shader decodes them itself.
		made.set_shader_parameter("own_colour", Vector4(own.colour.r, own.colour.g, own.colour.b, 1.0))
		made.set_shader_parameter("own_texture", own.texture)
		made.set_shader_parameter("own_scale", own.scale)
		made.set_shader_parameter("own_offset", own.offset)
		made.set_shader_parameter("own_vertex_colours", 1.0 if own.vertex_colours else 0.0)
	return made
