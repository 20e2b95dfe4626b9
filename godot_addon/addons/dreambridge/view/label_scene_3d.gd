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
	var visible := true
	var shapes := 0
	# Of a sprite: what cuts it out.
	var picture: Texture2D


var viewport := SubViewport.new()
## What a 1 is in the picture.
var unit: Vector3:
	get:
		return Vector3.ONE / (255.0 if RenderingServer.get_current_rendering_method() == "gl_compatibility" else 256.0)

var _labels: Labels
var _unlabelled: String
var _camera := Camera3D.new()
var _label_materials: LabelMaterials
# A node's instance id to its twins: one, or one for each cell of a GridMap.
var _twins := {}
# Nodes that came or changed since the last picture; their scripts may give them labels when they are ready.
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
	_label_materials = LabelMaterials.new(far)


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
	_look(camera)
	for twins: Array in _twins.values():
		var first: Twin = twins[0]
		var visible := first.node.is_visible_in_tree()
		var at := _place(first.node)
		for twin: Twin in twins:
			if visible != twin.visible:
				twin.visible = visible
				RenderingServer.instance_set_visible(twin.rid, visible)
			if visible:
				_follow(twin, at * twin.cell)


func _follow(twin: Twin, at: Transform3D) -> void:
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
	twin.rid = RenderingServer.instance_create2(base, viewport.find_world_3d().scenario)
	RenderingServer.instance_set_transform(twin.rid, twin.at)
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
	var instance := twin.node as MeshInstance3D
	if instance and instance.mesh:
		twin.shapes = instance.get_blend_shape_count()
		if instance.get_skin_reference():
			RenderingServer.instance_attach_skeleton(twin.rid, instance.get_skin_reference().get_skeleton())
	var sprite := twin.node as SpriteBase3D
	if sprite:
		twin.picture = _picture(sprite)
		_wear(twin, _label_materials.cut(label, twin.picture, sprite.alpha_scissor_threshold, sprite.billboard))
		return label > 0
	var materials := _materials(twin)
	if materials.is_empty():
		_wear(twin, _label_materials.solid(label))
		return label > 0
	# A material may have a label of its own, such as the windows in a house of one mesh.
	var any := false
	_wear(twin, null)
	for k in materials.size():
		var material := materials[k]
		var own := label
		if material and material.has_meta(Labels.META):
			own = _labels.number(str(material.get_meta(Labels.META)), material)
		any = any or own > 0
		if materials.size() == 1:
			_wear(twin, _label_materials.dress(own, material))
		else:
			RenderingServer.instance_set_surface_override_material(twin.rid, k, _label_materials.dress(own, material).get_rid())
	return any


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
