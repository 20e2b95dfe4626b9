extends RefCounted
## What of a scene a [DreamView] would send without a label.

# Items that draw something themselves; others draw only by a script.
const DRAWN: PackedStringArray = [
	"Sprite2D", "AnimatedSprite2D", "Polygon2D", "Line2D", "MeshInstance2D", "MultiMeshInstance2D", "TileMap", "TileMapLayer", "ColorRect",
	"TextureRect", "NinePatchRect", "Panel",
]


## Below [param top], each node to label, with the names that may suggest a label. What lies in an instanced scene is labelled at the root of
## that instance, where the scene that is edited keeps it. [param deep]: in 3D.
static func find(top: Node, palette: Dictionary, deep: bool) -> Dictionary:
	var found := {}
	if top:
		_look(top, DreamView.Labels.new(palette, ""), deep, found)
	return found


static func _look(node: Node, labels: DreamView.Labels, deep: bool, found: Dictionary) -> void:
	# Its children inherit it. A CanvasLayer has a canvas of its own, which is not in the view.
	if labels.own(node) or (not deep and node is CanvasLayer):
		return
	if (_is_3d(node) if deep else _is_2d(node)) and not _has_labelled_materials(node) and not _shows_a_stream(node):
		var keeps := _kept_at(node)
		var names: PackedStringArray = found.get(keeps, PackedStringArray([keeps.name]))
		names.append_array(_names(node))
		found[keeps] = names
	for child in node.get_children():
		_look(child, labels, deep, found)


static func _is_3d(node: Node) -> bool:
	var shape := node as CSGShape3D
	return (node is GeometryInstance3D and (shape == null or shape.is_root_shape())) or node is GridMap


static func _is_2d(node: Node) -> bool:
	if not node is CanvasItem:
		return false
	for kind in DRAWN:
		if node.is_class(kind):
			return true
	return node.get_script() != null and node.has_method(&"_draw")


# The node itself, or the root of the instance that holds it, if the edited scene does not keep the nodes in it.
static func _kept_at(node: Node) -> Node:
	var scene := node.get_tree().edited_scene_root
	var keeps := node
	while keeps.owner and keeps.owner != scene and not scene.is_editable_instance(keeps.owner):
		keeps = keeps.owner
	return keeps


static func _materials(node: Node) -> Array[Material]:
	var out: Array[Material] = []
	var instance := node as MeshInstance3D
	for k in instance.mesh.get_surface_count() if instance and instance.mesh else 0:
		out.append(instance.get_active_material(k))
	if instance == null and node is GeometryInstance3D:
		out.append((node as GeometryInstance3D).material_override)
	return out.filter(func(material: Material) -> bool: return material != null)


static func _has_labelled_materials(node: Node) -> bool:
	var all := _materials(node)
	return not all.is_empty() and all.all(func(material: Material) -> bool: return material.has_meta(DreamView.Labels.META))


static func _shows_a_stream(node: Node) -> bool:
	if node.get(&"texture") is DreamTexture:
		return true
	return _materials(node).any(func(material: Material) -> bool: return material.get(&"albedo_texture") is DreamTexture)


# From the nearest to what is farther off: node, mesh or picture, materials.
static func _names(node: Node) -> PackedStringArray:
	var names := PackedStringArray([node.name])
	var things: Array = [node.get(&"mesh"), node.get(&"texture")]
	things.append_array(_materials(node))
	for thing: Variant in things:
		var resource := thing as Resource
		if resource:
			for named: String in [resource.resource_name, resource.resource_path.get_file().get_basename() if not resource.resource_path.contains("::") else ""]:
				if named:
					names.append(named)
	return names
