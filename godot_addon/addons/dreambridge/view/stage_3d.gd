extends RefCounted
## Draws a 3D game's geometry once more, as labels and depth, in a world of its own: each visible instance has a twin there
## that shares its mesh and skeleton and wears the label's material. The game's own nodes, materials and lights stay as they are.

const Labels := preload("labels.gd")
const SHADER := preload("label_3d.gdshader")


class Twin:
	extends RefCounted
	var node: GeometryInstance3D
	var rid: RID
	var base: RID
	var at: Transform3D
	var visible := true
	var shapes := 0


var viewport := SubViewport.new()
## What a 1 is in the picture.
var unit: Vector3:
	get:
		return Vector3.ONE / (255.0 if RenderingServer.get_current_rendering_method() == "gl_compatibility" else 256.0)

var _labels: Labels
var _unlabelled: String
var _camera := Camera3D.new()
var _materials: Array[ShaderMaterial] = []
var _twins := {}
# Nodes that came since the last picture; their scripts may give them labels when they are ready.
var _waiting: Array[Node] = []
var _interpolated := false


func _init(labels: Labels, unlabelled: String, size: Vector2i, far: float) -> void:
	_labels = labels
	_unlabelled = unlabelled
	viewport.size = size
	viewport.own_world_3d = true
	viewport.use_hdr_2d = true
	viewport.msaa_3d = Viewport.MSAA_DISABLED
	viewport.screen_space_aa = Viewport.SCREEN_SPACE_AA_DISABLED
	viewport.use_debanding = false
	viewport.positional_shadow_atlas_size = 0
	viewport.gui_disable_input = true
	viewport.render_target_update_mode = SubViewport.UPDATE_DISABLED
	var around := Environment.new()
	around.background_mode = Environment.BG_COLOR
	around.background_color = Color.BLACK
	around.ambient_light_source = Environment.AMBIENT_SOURCE_DISABLED
	around.reflected_light_source = Environment.REFLECTION_SOURCE_DISABLED
	around.tonemap_mode = Environment.TONE_MAPPER_LINEAR
	_camera.environment = around
	viewport.add_child(_camera)
	for k in labels.colours.size():
		var material := ShaderMaterial.new()
		material.shader = SHADER
		material.set_shader_parameter("label", k)
		material.set_shader_parameter("far", far)
		_materials.append(material)


## Take [param node] and all under it in.
func add(node: Node) -> void:
	take(node)
	for child in node.get_children():
		add(child)


## Take [param node] in with the next picture.
func take(node: Node) -> void:
	if node is GeometryInstance3D:
		_waiting.append(node)


## [param node] left the tree.
func remove(node: Node) -> void:
	var twin: Twin = _twins.get(node.get_instance_id())
	if twin:
		RenderingServer.free_rid(twin.rid)
		_twins.erase(node.get_instance_id())


func clear() -> void:
	for twin: Twin in _twins.values():
		RenderingServer.free_rid(twin.rid)
	_twins.clear()
	_waiting.clear()


func count() -> int:
	return _twins.size()


## Bring all twins and the camera to where their nodes are now.
func update(camera: Camera3D) -> void:
	# Godot 4.3 has no physics interpolation in 3D: by name.
	_interpolated = camera.get_tree().physics_interpolation and camera.has_method("get_global_transform_interpolated")
	for node: Variant in _waiting:
		if is_instance_valid(node) and node is GeometryInstance3D and (node as Node).is_inside_tree() and (node as Node3D).get_world_3d() == camera.get_world_3d():
			_make(node as GeometryInstance3D)
	_waiting.clear()
	_look(camera)
	for twin: Twin in _twins.values():
		var node := twin.node
		var visible := node.is_visible_in_tree()
		if visible != twin.visible:
			twin.visible = visible
			RenderingServer.instance_set_visible(twin.rid, visible)
		if not visible:
			continue
		var base := node.get_base()
		if base != twin.base:
			twin.base = base
			RenderingServer.instance_set_base(twin.rid, base)
			_dress(twin)
		var at := _place(node)
		if at != twin.at:
			twin.at = at
			RenderingServer.instance_set_transform(twin.rid, at)
		for k in twin.shapes:
			RenderingServer.instance_set_blend_shape_weight(twin.rid, k, (node as MeshInstance3D).get_blend_shape_value(k))


func _look(camera: Camera3D) -> void:
	_camera.projection = camera.projection
	_camera.keep_aspect = camera.keep_aspect
	_camera.fov = camera.fov
	_camera.size = camera.size
	_camera.near = camera.near
	_camera.far = camera.far
	_camera.frustum_offset = camera.frustum_offset
	_camera.h_offset = camera.h_offset
	_camera.v_offset = camera.v_offset
	_camera.cull_mask = camera.cull_mask
	_camera.global_transform = _place(camera)


func _place(node: Node3D) -> Transform3D:
	return node.call("get_global_transform_interpolated") if _interpolated else node.global_transform


func _make(node: GeometryInstance3D) -> void:
	remove(node)
	var twin := Twin.new()
	twin.node = node
	twin.base = node.get_base()
	twin.at = _place(node)
	twin.rid = RenderingServer.instance_create2(twin.base, viewport.find_world_3d().scenario)
	RenderingServer.instance_set_transform(twin.rid, twin.at)
	RenderingServer.instance_set_layer_mask(twin.rid, node.layers)
	RenderingServer.instance_geometry_set_cast_shadows_setting(twin.rid, RenderingServer.SHADOW_CASTING_SETTING_OFF)
	RenderingServer.instance_geometry_set_visibility_range(
		twin.rid, node.visibility_range_begin, node.visibility_range_end, node.visibility_range_begin_margin,
		node.visibility_range_end_margin, RenderingServer.VISIBILITY_RANGE_FADE_DISABLED,
	)
	if not _dress(twin):
		RenderingServer.free_rid(twin.rid)
		return
	_twins[node.get_instance_id()] = twin
	# What is hidden now is found out by the next update.
	twin.visible = true


## Give a twin its labels; false when it has none.
func _dress(twin: Twin) -> bool:
	var label := _labels.of(twin.node, _unlabelled)
	var instance := twin.node as MeshInstance3D
	if instance == null or instance.mesh == null:
		RenderingServer.instance_geometry_set_material_override(twin.rid, _materials[label].get_rid())
		return label > 0
	twin.shapes = instance.get_blend_shape_count()
	if instance.get_skin_reference():
		RenderingServer.instance_attach_skeleton(twin.rid, instance.get_skin_reference().get_skeleton())
	# A material may have a label of its own, such as the windows in a house of one mesh.
	var own := PackedInt32Array()
	for k in instance.mesh.get_surface_count():
		var material := instance.get_active_material(k)
		own.append(_labels.number(str(material.get_meta(Labels.META)), material) if material and material.has_meta(Labels.META) else label)
	if own.count(label) == own.size():
		RenderingServer.instance_geometry_set_material_override(twin.rid, _materials[label].get_rid())
		return label > 0
	RenderingServer.instance_geometry_set_material_override(twin.rid, RID())
	for k in own.size():
		RenderingServer.instance_set_surface_override_material(twin.rid, k, _materials[own[k]].get_rid())
	return true
