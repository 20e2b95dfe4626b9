extends RefCounted
## The materials of the twins in label_scene_3d.gd: one for each label, and one more for each surface that is cut out by
## the alpha of its texture.

const SOLID := preload("label_3d.gdshader")
const CUT := preload("label_3d_cut.gdshader")
const HALF := 0.5

var _far: float
var _made := {}


func _init(far: float) -> void:
	_far = far


## The material of label number [param label] for a surface that wears [param material] in the game (or none).
func dress(label: int, material: Material) -> Material:
	var worn := material as BaseMaterial3D
	if worn == null or worn.transparency == BaseMaterial3D.TRANSPARENCY_DISABLED or worn.albedo_texture == null:
		if worn == null or worn.billboard_mode == BaseMaterial3D.BILLBOARD_DISABLED:
			return solid(label)
	var threshold := worn.alpha_scissor_threshold if worn.transparency == BaseMaterial3D.TRANSPARENCY_ALPHA_SCISSOR else HALF
	return cut(label, worn.albedo_texture, threshold, worn.billboard_mode, Vector2(worn.uv1_scale.x, worn.uv1_scale.y), Vector2(worn.uv1_offset.x, worn.uv1_offset.y))


func solid(label: int) -> Material:
	if not _made.has(label):
		_made[label] = _make(SOLID, label)
	return _made[label]


func cut(label: int, texture: Texture2D, threshold: float, billboard: int, scale := Vector2.ONE, offset := Vector2.ZERO) -> Material:
	var key := [label, texture, threshold, billboard, scale, offset]
	if not _made.has(key):
		var made := _make(CUT, label)
		made.set_shader_parameter("cut", texture)
		made.set_shader_parameter("threshold", threshold)
		made.set_shader_parameter("billboard", billboard)
		made.set_shader_parameter("uv_scale", scale)
		made.set_shader_parameter("uv_offset", offset)
		_made[key] = made
	return _made[key]


func _make(shader: Shader, label: int) -> ShaderMaterial:
	var made := ShaderMaterial.new()
	made.shader = shader
	made.set_shader_parameter("label", label)
	made.set_shader_parameter("far", _far)
	return made
