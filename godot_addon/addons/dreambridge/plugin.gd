@tool
extends EditorPlugin
## Checks that this Godot is new enough, and adds the export step; the nodes register themselves by their class names.

const ExportPlugin := preload("editor/export_plugin.gd")

var _export := ExportPlugin.new()


func _enter_tree() -> void:
	var v := Engine.get_version_info()
	var number: int = v["hex"]
	if number < 0x040300:
		push_error("Dreambridge needs Godot 4.3 or newer; this is %s. Update Godot, or disable the addon." % v["string"])
	add_export_plugin(_export)


func _exit_tree() -> void:
	remove_export_plugin(_export)
