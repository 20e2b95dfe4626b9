@tool
extends EditorFileDialog
## Asks for the file of a new cutscene, writes it, and opens it in the editor.

const Edits := preload("edits.gd")

var _bundle: String


func _init(bundle: String) -> void:
	_bundle = bundle
	title = "New cutscene"
	file_mode = FILE_MODE_SAVE_FILE
	access = ACCESS_RESOURCES
	add_filter("*" + DreamCutsceneLoader.SUFFIX, "Cutscene")
	current_file = "cutscene" + DreamCutsceneLoader.SUFFIX
	file_selected.connect(func(path: String) -> void: make(path, _bundle))
	visibility_changed.connect(func() -> void: if not visible: queue_free())


func _ready() -> void:
	popup_centered_ratio(0.6)


## Write a cutscene with one empty shot at [param path], and edit it.
static func make(path: String, bundle: String) -> void:
	if not path.ends_with(DreamCutsceneLoader.SUFFIX):
		path = path.trim_suffix(".json") + DreamCutsceneLoader.SUFFIX
	var file := FileAccess.open(path, FileAccess.WRITE)
	if file == null:
		push_error("Dreambridge: %s cannot be written: %s." % [path, error_string(FileAccess.get_open_error())])
		return
	file.store_string(Edits.fresh(path.get_file().trim_suffix(DreamCutsceneLoader.SUFFIX).validate_node_name().replace(" ", "_"), bundle))
	file.close()
	EditorInterface.get_resource_filesystem().update_file(path)
	EditorInterface.edit_resource(load(path) as DreamCutscene)
