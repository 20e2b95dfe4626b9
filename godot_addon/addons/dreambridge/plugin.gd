@tool
extends EditorPlugin
## The editor's side: the dock, the preview in the scene, the settings, the inspector's parts, and the export step. The nodes register themselves by their class
## names. All that is here goes when the plugin is switched off.

const ExportPlugin := preload("editor/export_plugin.gd")
const Inspector := preload("editor/dream_inspector.gd")
const Settings := preload("editor/settings.gd")
const Preview := preload("editor/preview.gd")
const Dock := preload("editor/dock/dock.gd")
const CutscenePanel := preload("editor/cutscene/panel.gd")
const Follow := preload("editor/cutscene/follow.gd")
const OwnDaemon := preload("system/own_daemon.gd")
const EnvironmentPage := preload("editor/environment/page.gd")
const Overlay := preload("editor/overlay.gd")
const NewCutscene := preload("editor/cutscene/new_cutscene.gd")
const NewScene := preload("editor/new_scene.gd")
const Dialogic := preload("editor/dialogic.gd")
const NEW_CUTSCENE := "New Dreambridge Cutscene …"
const NEW_SCENE := "New Dreambridge Scene …"
const ADD_TO_DIALOGIC := "Add Dreambridge to Dialogic"

var preview: Preview
var dock: Dock
var panel: CutscenePanel
var environment: EnvironmentPage

var _export := ExportPlugin.new()
var _inspector := Inspector.new()
var _overlays: Array[Control] = []
var _tab: Button
var _has_dialogic := Dialogic.is_there()


func _enter_tree() -> void:
	var v := Engine.get_version_info()
	var number: int = v["hex"]
	if number < 0x040300:
		push_error("Dreambridge needs Godot 4.3 or newer; this is %s. Update Godot, or disable the addon." % v["string"])
	add_export_plugin(_export)
	_inspector.undo = get_undo_redo()
	add_inspector_plugin(_inspector)
	Settings.register()
	OS.set_environment(OwnDaemon.EDITOR, str(OS.get_process_id()))
	preview = Preview.new()
	dock = Dock.new(preview, get_undo_redo())
	add_control_to_dock(DOCK_SLOT_LEFT_BR, dock)
	environment = EnvironmentPage.new()
	add_control_to_container(CONTAINER_PROJECT_SETTING_TAB_RIGHT, environment)
	environment.switched.connect(preview.update)
	dock.install_asked.connect(environment.open)
	ProjectSettings.settings_changed.connect(Settings.keep_paths_out)
	panel = CutscenePanel.new(Follow.new(preview), get_undo_redo())
	panel.toolbar.schema = func() -> Dictionary: return preview.picked.schema if preview and is_instance_valid(preview.picked) else {}
	_tab = add_control_to_bottom_panel(panel, "Cutscene")
	_tab.hide()
	add_tool_menu_item(NEW_CUTSCENE, _ask_new)
	add_tool_menu_item(NEW_SCENE, _ask_new_scene)
	if _has_dialogic:
		add_tool_menu_item(ADD_TO_DIALOGIC, _add_to_dialogic)
	scene_changed.connect(_on_scene_changed)
	for viewport: Viewport in [EditorInterface.get_editor_viewport_2d(), EditorInterface.get_editor_viewport_3d(0)]:
		# Only the first of the 3D viewports has the camera that the picture was made with.
		_overlays.append(Overlay.new(preview.painting))
		viewport.get_parent().add_child(_overlays[-1], false, Node.INTERNAL_MODE_BACK)
	preview.painted.connect(_on_painted)
	preview.open()


# The user switched it on, and shall see something: a narrow dock hides the tab behind its arrows.
func _enable_plugin() -> void:
	_to_front.call_deferred()


func _to_front() -> void:
	var page: Control = dock
	while page and not page.get_parent() is TabContainer:
		page = page.get_parent_control()
	if page:
		var tabs := page.get_parent() as TabContainer
		tabs.current_tab = tabs.get_tab_idx_from_control(page)


func _exit_tree() -> void:
	remove_export_plugin(_export)
	remove_inspector_plugin(_inspector)
	ProjectSettings.settings_changed.disconnect(Settings.keep_paths_out)
	environment.close()
	remove_control_from_container(CONTAINER_PROJECT_SETTING_TAB_RIGHT, environment)
	environment.queue_free()
	environment = null
	scene_changed.disconnect(_on_scene_changed)
	remove_tool_menu_item(NEW_CUTSCENE)
	remove_tool_menu_item(NEW_SCENE)
	if _has_dialogic:
		remove_tool_menu_item(ADD_TO_DIALOGIC)
	panel.close()
	remove_control_from_bottom_panel(panel)
	panel.queue_free()
	panel = null
	for overlay in _overlays:
		overlay.queue_free()
	_overlays.clear()
	preview.close()
	dock.close()
	remove_control_from_docks(dock)
	dock.queue_free()
	dock = null
	preview = null
	# The daemons that this editor started: nobody else would end them before the editor closes.
	OwnDaemon.stop_all()
	OS.unset_environment(OwnDaemon.EDITOR)


func _on_scene_changed(_scene: Node) -> void:
	preview.scene_changed()


func _ask_new() -> void:
	var bundle := preview.picked.bundle if is_instance_valid(preview.picked) else "vista"
	EditorInterface.get_base_control().add_child(NewCutscene.new(bundle))


func _ask_new_scene() -> void:
	EditorInterface.get_base_control().add_child(NewScene.new())


func _add_to_dialogic() -> void:
	var wrong := Dialogic.install()
	var dialog := AcceptDialog.new()
	dialog.title = "Dreambridge"
	dialog.dialog_text = wrong if wrong else "%s has the event now. Reload the project, so that Dialogic finds it." % Dialogic.target()
	dialog.visibility_changed.connect(func() -> void: if not dialog.visible: dialog.queue_free())
	EditorInterface.get_base_control().add_child(dialog)
	dialog.popup_centered()
	EditorInterface.get_resource_filesystem().scan()


func _handles(object: Object) -> bool:
	return object is DreamCutscene or (object is DreamCutscenePlayer and (object as DreamCutscenePlayer).cutscene != null)


func _edit(object: Object) -> void:
	var chosen := object as DreamCutscene
	if object is DreamCutscenePlayer:
		chosen = (object as DreamCutscenePlayer).cutscene
	if chosen:
		panel.edit(chosen)


# The panel stays open while other nodes are selected, as that of an AnimationPlayer does.
func _make_visible(visible: bool) -> void:
	if visible:
		_tab.show()
		make_bottom_panel_item_visible(panel)


func _save_external_data() -> void:
	if panel and panel.is_unsaved():
		panel.save()


func _get_unsaved_status(for_scene: String) -> String:
	return "Save the changes of the cutscene %s before closing?" % panel.cutscene.resource_path if for_scene == "" and panel and panel.is_unsaved() else ""


func _on_painted() -> void:
	for overlay in _overlays:
		overlay.queue_redraw()
