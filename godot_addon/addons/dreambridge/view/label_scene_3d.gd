extends RefCounted
## Draws a 3D game's geometry once more, as labels and depth, in a world of its own: each visible instance has a twin there
## that shares its mesh and skeleton and wears the label's material. The game's own nodes, materials and lights stay as they are.

const Labels := preload("labels.gd")
const LabelMaterials := preload("label_materials.gd")


class Twin:
	extends RefCounted
	var node: Node3D
	var rid: RID
	var base: RID
	# In a GridMap: where the cell lies in it, and its mesh.
	var cell := Transform3D.IDENTITY
	var mesh: Mesh
	var at: Transform3D
	# Where it was in the last picture, and whether the shader knows.
	var before: Transform3D
	var visible := true
	var shapes := 0
	# Of a sprite: what cuts it out.
	var picture: Texture2D


## Bits of a cull mask that no camera of a game has: they tell the shader which layer it draws.
const LAYER_BITS := {"colour": 1 << 28, "normal": 1 << 29, "motion": 1 << 30}

## Labels and depth as numbers.
var viewport := SubViewport.new()
## The pictures of further layers, by layer.
var further := {}
## What a 1 is in the picture.
var unit: Vector3:
	get:
		return Vector3.ONE / (255.0 if RenderingServer.get_current_rendering_method() == "gl_compatibility" else 256.0)

var _labels: Labels
var _unlabelled: String
var _camera := Camera3D.new()
var _cameras := {}
# From the world to the picture, in the last one; the first has none before it.
var _seen: Variant = null
var _label_materials: LabelMaterials
# A node's instance id to its twins: one, or one for each cell of a GridMap.
var _twins := {}
# Nodes that came or changed since the last picture; their scripts may give them labels when they are ready.
var _waiting: Array[Node] = []
var _interpolated := false


## [param layers]: those of the view; colour, normal and motion have pictures of their own.
func _init(labels: Labels, unlabelled: String, size: Vector2i, far: float, layers: Array = []) -> void:
	_labels = labels
	_unlabelled = unlabelled
	_set_up(viewport, size)
	viewport.own_world_3d = true
	var around := Environment.new()
	around.background_mode = Environment.BG_COLOR
	around.background_color = Color.BLACK
	around.ambient_light_source = Environment.AMBIENT_SOURCE_DISABLED
	around.reflected_light_source = Environment.REFLECTION_SOURCE_DISABLED
	around.tonemap_mode = Environment.TONE_MAPPER_LINEAR
	_camera.environment = around
	viewport.add_child(_camera)
	for layer: String in LAYER_BITS:
		if layers.has(layer):
			var one := SubViewport.new()
			_set_up(one, size)
			var eye := Camera3D.new()
			eye.environment = around
			one.add_child(eye)
			further[layer] = one
			_cameras[layer] = eye
	_label_materials = LabelMaterials.new(far, not further.is_empty())


func _set_up(one: SubViewport, size: Vector2i) -> void:
	one.size = size
	one.use_hdr_2d = true
	one.msaa_3d = Viewport.MSAA_DISABLED
	one.screen_space_aa = Viewport.SCREEN_SPACE_AA_DISABLED
	one.use_debanding = false
	one.positional_shadow_atlas_size = 0
	one.gui_disable_input = true
	one.render_target_update_mode = SubViewport.UPDATE_DISABLED


## All pictures, that of labels and depth first.
func stages() -> Array[SubViewport]:
	var out: Array[SubViewport] = [viewport]
	for one: SubViewport in further.values():
		out.append(one)
	return out


## Take [param node] and all under it in.
func add(node: Node) -> void:
	take(node)
	for child in node.get_children():
		add(child)


## Take [param node] in with the next picture.
func take(node: Node) -> void:
	if node is GeometryInstance3D or node is GridMap:
		_waiting.append(node)


## [param node] left the tree.
func remove(node: Node) -> void:
	for twin: Twin in _twins.get(node.get_instance_id(), []):
		RenderingServer.free_rid(twin.rid)
	if _twins.erase(node.get_instance_id()) and node is GridMap and (node as GridMap).changed.is_connected(_on_cells_changed):
		(node as GridMap).changed.disconnect(_on_cells_changed)


func clear() -> void:
	for twins: Array in _twins.values():
		var first: Twin = twins[0]
		if is_instance_valid(first.node):
			remove(first.node)
	_twins.clear()
	_waiting.clear()
	_label_materials.clear()


## How many things are drawn.
func count() -> int:
	var sum := 0
	for twins: Array in _twins.values():
		sum += twins.size()
	return sum


## Bring all twins and the camera to where their nodes are now.
func update(camera: Camera3D) -> void:
	# Godot 4.3 has no physics interpolation in 3D: by name.
	_interpolated = camera.get_tree().physics_interpolation and camera.has_method("get_global_transform_interpolated")
	for node: Variant in _waiting:
		if is_instance_valid(node) and (node as Node).is_inside_tree() and (node as Node3D).get_world_3d() == camera.get_world_3d():
			_make(node as Node3D)
	_waiting.clear()
	_look(_camera, camera)
	for layer: String in further:
		var one: SubViewport = further[layer]
		if one.world_3d != viewport.find_world_3d():
			one.world_3d = viewport.find_world_3d()
		_look(_cameras[layer] as Camera3D, camera)
		(_cameras[layer] as Camera3D).cull_mask = camera.cull_mask | LAYER_BITS[layer]
	if further.has("motion"):
		var now := _seen_by(_camera)
		_label_materials.look(now, _seen as Projection if _seen != null else now, viewport.size)
		_seen = now
	for twins: Array in _twins.values():
		var first: Twin = twins[0]
		var visible := first.node.is_visible_in_tree()
		var at := _place(first.node)
		for twin: Twin in twins:
			if visible != twin.visible:
				twin.visible = visible
				RenderingServer.instance_set_visible(twin.rid, visible)
				if visible:
					_return(twin, at * twin.cell)
			if visible:
				_follow(twin, at * twin.cell)


func _follow(twin: Twin, at: Transform3D) -> void:
	if further.has("motion") and twin.before != twin.at:
		twin.before = twin.at
		_tell_before(twin)
	if at != twin.at:
		twin.at = at
		RenderingServer.instance_set_transform(twin.rid, at)
	if twin.mesh:
		return
	var base := (twin.node as GeometryInstance3D).get_base()
	if base != twin.base or (twin.node is AnimatedSprite3D and _picture(twin.node as SpriteBase3D) != twin.picture):
		twin.base = base
		RenderingServer.instance_set_base(twin.rid, base)
		_dress(twin)
	for k in twin.shapes:
		RenderingServer.instance_set_blend_shape_weight(twin.rid, k, (twin.node as MeshInstance3D).get_blend_shape_value(k))


# What was hidden has no place in the last picture: it comes back at rest.
func _return(twin: Twin, at: Transform3D) -> void:
	twin.at = at
	twin.before = at
	RenderingServer.instance_set_transform(twin.rid, at)
	if further.has("motion"):
		_tell_before(twin)


# The rows of where the twin was in the last picture.
func _tell_before(twin: Twin) -> void:
	var b := twin.before.basis
	var o := twin.before.origin
	for row: Array in [[&"before_x", b.x.x, b.y.x, b.z.x, o.x], [&"before_y", b.x.y, b.y.y, b.z.y, o.y], [&"before_z", b.x.z, b.y.z, b.z.z, o.z]]:
		RenderingServer.instance_geometry_set_shader_parameter(twin.rid, row[0] as StringName, Vector4(row[1] as float, row[2] as float, row[3] as float, row[4] as float))


static func _seen_by(eye: Camera3D) -> Projection:
	return eye.get_camera_projection() * Projection(eye.get_camera_transform().affine_inverse())


func _look(own: Camera3D, camera: Camera3D) -> void:
	own.projection = camera.projection
	own.keep_aspect = camera.keep_aspect
	own.fov = camera.fov
	own.size = camera.size
	own.near = camera.near
	own.far = camera.far
	own.frustum_offset = camera.frustum_offset
	own.h_offset = camera.h_offset
	own.v_offset = camera.v_offset
	own.cull_mask = camera.cull_mask
	own.global_transform = _place(camera)


func _place(node: Node3D) -> Transform3D:
	return node.call("get_global_transform_interpolated") if _interpolated else node.global_transform


func _make(node: Node3D) -> void:
	remove(node)
	var twins: Array[Twin] = []
	var grid := node as GridMap
	if grid:
		var meshes := grid.get_meshes()
		for k in range(0, meshes.size(), 2):
			twins.append(_twin(grid, (meshes[k + 1] as Mesh).get_rid(), meshes[k] as Transform3D, meshes[k + 1] as Mesh))
		if not grid.changed.is_connected(_on_cells_changed):
			grid.changed.connect(_on_cells_changed.bind(grid))
	else:
		twins.append(_twin(node, (node as GeometryInstance3D).get_base(), Transform3D.IDENTITY, null))
	var seen: Array[Twin] = []
	for twin in twins:
		if _dress(twin):
			seen.append(twin)
		else:
			RenderingServer.free_rid(twin.rid)
	if seen:
		_twins[node.get_instance_id()] = seen


func _twin(node: Node3D, base: RID, cell: Transform3D, mesh: Mesh) -> Twin:
	var twin := Twin.new()
	twin.node = node
	twin.base = base
	twin.cell = cell
	twin.mesh = mesh
	twin.at = _place(node) * cell
	twin.before = twin.at
	twin.rid = RenderingServer.instance_create2(base, viewport.find_world_3d().scenario)
	RenderingServer.instance_set_transform(twin.rid, twin.at)
	if further.has("motion"):
		_tell_before(twin)
	RenderingServer.instance_geometry_set_cast_shadows_setting(twin.rid, RenderingServer.SHADOW_CASTING_SETTING_OFF)
	var shown := node as GeometryInstance3D
	if shown:
		RenderingServer.instance_set_layer_mask(twin.rid, shown.layers)
		RenderingServer.instance_geometry_set_visibility_range(
			twin.rid, shown.visibility_range_begin, shown.visibility_range_end, shown.visibility_range_begin_margin,
			shown.visibility_range_end_margin, RenderingServer.VISIBILITY_RANGE_FADE_DISABLED,
		)
	return twin


func _on_cells_changed(grid: GridMap) -> void:
	if not _waiting.has(grid):
		_waiting.append(grid)


## Give a twin its labels; false when it has none.
func _dress(twin: Twin) -> bool:
	var label := _labels.of(twin.node, _unlabelled)
	if label == Labels.UNLABELLED_NUMBER and _has_no_surface(twin.node):
		return false
	var instance := twin.node as MeshInstance3D
	if instance and instance.mesh:
		twin.shapes = instance.get_blend_shape_count()
		if instance.get_skin_reference():
			RenderingServer.instance_attach_skeleton(twin.rid, instance.get_skin_reference().get_skeleton())
	var sprite := twin.node as SpriteBase3D
	if sprite:
		twin.picture = _picture(sprite)
		_wear(twin, _label_materials.cut(label, twin.picture, sprite.alpha_scissor_threshold, sprite.billboard, Vector2.ONE, Vector2.ZERO, LabelMaterials.own_of_sprite(sprite.modulate, twin.picture)))
		return label > 0
	var materials := _materials(twin)
	if materials.is_empty():
		_wear(twin, _label_materials.solid(label, LabelMaterials.own_of(null)))
		return label > 0
	# A material may have a label of its own, such as the windows in a house of one mesh.
	var any := false
	_wear(twin, null)
	for k in materials.size():
		var material := materials[k]
		var own := label
		if material and material.has_meta(Labels.META):
			own = _labels.number(str(material.get_meta(Labels.META)), material)
		var left_out := own == Labels.UNLABELLED_NUMBER and LabelMaterials.is_see_through(material)
		any = any or (own > 0 and not left_out)
		var worn := _label_materials.nothing() if left_out else _label_materials.dress(own, material)
		if materials.size() == 1:
			_wear(twin, worn)
		else:
			RenderingServer.instance_set_surface_override_material(twin.rid, k, worn.get_rid())
	return any


# Particles, text and mere casters of shadows: without a label they are not in the view, where they would be solid.
static func _has_no_surface(node: Node3D) -> bool:
	if node is GPUParticles3D or node is CPUParticles3D or node is Label3D:
		return true
	var shown := node as GeometryInstance3D
	return shown != null and shown.cast_shadow == GeometryInstance3D.SHADOW_CASTING_SETTING_SHADOWS_ONLY


func _wear(twin: Twin, material: Material) -> void:
	RenderingServer.instance_geometry_set_material_override(twin.rid, material.get_rid() if material else RID())


## What each surface of a twin's mesh wears in the game.
func _materials(twin: Twin) -> Array[Material]:
	var out: Array[Material] = []
	var mesh := twin.mesh
	var instance := twin.node as MeshInstance3D
	if instance:
		mesh = instance.mesh
	elif twin.node is MultiMeshInstance3D and (twin.node as MultiMeshInstance3D).multimesh:
		mesh = (twin.node as MultiMeshInstance3D).multimesh.mesh
	elif twin.node is CSGShape3D and (twin.node as CSGShape3D).is_root_shape():
		var made := (twin.node as CSGShape3D).get_meshes()
		mesh = made[1] if made.size() > 1 else null
	if mesh == null:
		return out
	var over: Material = (twin.node as GeometryInstance3D).material_override if twin.node is GeometryInstance3D else null
	for k in mesh.get_surface_count():
		out.append(instance.get_active_material(k) if instance else over if over else mesh.surface_get_material(k))
	# A multimesh takes one material for all of it.
	return out.slice(0, 1) if twin.node is MultiMeshInstance3D else out


func _picture(sprite: SpriteBase3D) -> Texture2D:
	var animated := sprite as AnimatedSprite3D
	if animated and animated.sprite_frames:
		return animated.sprite_frames.get_frame_texture(animated.animation, animated.frame)
	return (sprite as Sprite3D).texture if sprite is Sprite3D else null
