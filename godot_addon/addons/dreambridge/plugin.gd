@tool
extends EditorPlugin
## Checks that this Godot is new enough; the nodes register themselves by their class names.


func _enter_tree() -> void:
	var v := Engine.get_version_info()
	var number: int = v["hex"]
	if number < 0x040300:
		push_error("Dreambridge needs Godot 4.3 or newer; this is %s. Update Godot or disable the addon." % v["string"])
