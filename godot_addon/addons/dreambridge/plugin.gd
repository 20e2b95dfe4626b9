@tool
extends EditorPlugin
## The editor's side: the dock, the preview in the scene, the settings, the inspector's parts, and the export step. The nodes register themselves by their class
## names. All that is here goes when the plugin is switched off.

const ExportPlugin := preload("editor/export_plugin.gd")
const Inspector := preload("editor/dream_inspector.gd")
const Settings := preload("editor/settings.gd")
const Preview := preload("editor/preview.gd")
const Dock := preload("editor/dock/dock.gd")
const OwnDaemon := preload("system/own_daemon.gd")

var preview: Preview
var dock: Dock

var _export := ExportPlugin.new()
var _inspector := Inspector.new()
var _draws_over := false


func _enter_tree() -> void:
	var v := Engine.get_version_info()
	var number: int = v["hex"]
	if number < 0x040300:
		push_error("Dreambridge needs Godot 4.3 or newer; this is %s. Update Godot, or disable the addon." % v["string"])
	add_export_plugin(_export)
	add_inspector_plugin(_inspector)
	Settings.register()
	OwnDaemon.log_folder = EditorInterface.get_editor_paths().get_cache_dir().path_join("dreambridge")
	preview = Preview.new()
	dock = Dock.new(preview, get_undo_redo())
	add_control_to_dock(DOCK_SLOT_LEFT_BR, dock)
	scene_changed.connect(_on_scene_changed)
	preview.painted.connect(_on_painted)
	preview.open()


func _exit_tree() -> void:
	remove_export_plugin(_export)
	remove_inspector_plugin(_inspector)
	scene_changed.disconnect(_on_scene_changed)
	preview.close()
	dock.close()
	remove_control_from_docks(dock)
	dock.queue_free()
	dock = null
	preview = null
	# The daemons that this editor started: nobody else would end them before the editor closes.
	OwnDaemon.stop_all()
	OwnDaemon.log_folder = ""


func _on_scene_changed(_scene: Node) -> void:
	preview.scene_changed()


func _on_painted() -> void:
	if not _draws_over:
		_draws_over = true
		set_force_draw_over_forwarding_enabled()
	update_overlays()


func _forward_canvas_force_draw_over_viewport(overlay: Control) -> void:
	_paint(overlay)


func _forward_3d_force_draw_over_viewport(overlay: Control) -> void:
	# Only the first of the viewports has the camera that the picture was made with.
	if overlay.get_parent().is_ancestor_of(EditorInterface.get_editor_viewport_3d(0)):
		_paint(overlay)


## As the view sees it: the whole height of the viewport, and as much to the sides as fits.
func _paint(overlay: Control) -> void:
	var picture := preview.painting() if preview else null
	if picture == null:
		return
	var size := Vector2(picture.get_size()) * overlay.size.y / picture.get_height()
	overlay.draw_texture_rect(picture, Rect2((overlay.size - size) / 2.0, size), false)
