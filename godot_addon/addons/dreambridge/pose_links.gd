extends RefCounted
## Conditions whose value is the path of a [DreamPose]: it directs them by itself.


## Give each path among [param values] to its node, and return the other values. [param links] holds what is linked: condition to node.
static func link(stream: Node, values: Dictionary, links: Dictionary) -> Dictionary:
	var rest := values
	for condition: Variant in values:
		var value: Variant = values[condition]
		if value != null and not value is NodePath:
			continue
		if links.has(condition):
			if is_instance_valid(links[condition]):
				(links[condition] as Node).set(&"stream", null)
			links.erase(condition)
		if value is NodePath:
			rest = rest.duplicate() if rest == values else rest
			rest.erase(condition)
			var sender := named(stream, value as NodePath)
			if sender:
				sender.set(&"condition", condition)
				sender.set(&"stream", stream)
				links[condition] = sender
	return rest


## The [DreamPose] at that path; null: there is none.
static func named(stream: Node, path: NodePath) -> Node:
	var node := stream.get_node_or_null(path) if stream.is_inside_tree() else null
	return node if node and node.has_method(&"pose_of") else null
