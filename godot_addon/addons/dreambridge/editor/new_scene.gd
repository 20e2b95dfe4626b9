@tool
extends EditorFileDialog
## Asks for a cutscene, and makes a scene that plays it: picture, stream, player, and buttons for its choices. A cutscene that is not there is
## written, with a choice.

const ENDING := ".tscn"
const SIZE := Vector2(480, 160)


func _init() -> void:
	title = "The cutscene that the scene plays"
	file_mode = FILE_MODE_SAVE_FILE
	access = ACCESS_RESOURCES
	disable_overwrite_warning = true  # a cutscene that is there stays as it is
	add_filter("*" + DreamCutsceneLoader.SUFFIX, "Cutscene")
	current_file = _first_cutscene()
	file_selected.connect(make)
	visibility_changed.connect(func() -> void: if not visible: queue_free())


func _ready() -> void:
	popup_centered_ratio(0.6)


## Make the scene for the cutscene at [param path], and open it. A scene of that name is opened as it is.
static func make(path: String) -> void:
	if not path.ends_with(DreamCutsceneLoader.SUFFIX):
		path = path.trim_suffix(".json") + DreamCutsceneLoader.SUFFIX
	var files := EditorInterface.get_resource_filesystem()
	if not FileAccess.file_exists(path):
		var file := FileAccess.open(path, FileAccess.WRITE)
		if file == null:
			push_error("Dreambridge: %s cannot be written: %s." % [path, error_string(FileAccess.get_open_error())])
			return
		file.store_string(starter(path.get_file().trim_suffix(DreamCutsceneLoader.SUFFIX).validate_node_name().replace(" ", "_")))
		file.close()
		files.update_file(path)
	var scene := path.trim_suffix(DreamCutsceneLoader.SUFFIX) + ENDING
	if not FileAccess.file_exists(scene):
		var root := nodes(load(path) as DreamCutscene)
		var packed := PackedScene.new()
		packed.pack(root)
		var error := ResourceSaver.save(packed, scene)
		root.free()
		if error != OK:
			push_error("Dreambridge: %s cannot be written: %s." % [scene, error_string(error)])
			return
		files.update_file(scene)
	EditorInterface.open_scene_from_path(scene)


## The nodes that play a cutscene.
static func nodes(cutscene: DreamCutscene) -> Control:
	var document := cutscene.data()
	var root := Control.new()
	root.name = cutscene.resource_path.get_file().trim_suffix(DreamCutsceneLoader.SUFFIX).to_pascal_case().validate_node_name()
	root.set_anchors_preset(Control.PRESET_FULL_RECT)
	var picture := TextureRect.new()
	picture.name = "Picture"
	picture.texture = DreamTexture.new()
	picture.expand_mode = TextureRect.EXPAND_IGNORE_SIZE
	picture.stretch_mode = TextureRect.STRETCH_KEEP_ASPECT_COVERED
	picture.set_anchors_preset(Control.PRESET_FULL_RECT)
	var stream := DreamStream.new()
	stream.name = "DreamStream"
	stream.bundle = str(document.get("bundle", "vista"))
	stream.seed = document["seed"] if document.get("seed") is float else 0
	stream.texture = picture.texture
	var player := DreamCutscenePlayer.new()
	player.name = "DreamCutscenePlayer"
	player.cutscene = cutscene
	player.autoplay = true
	var choices := DreamChoices.new()
	choices.name = "DreamChoices"
	choices.set_anchors_and_offsets_preset(Control.PRESET_CENTER_BOTTOM, Control.PRESET_MODE_MINSIZE, 24)
	choices.offset_left = -SIZE.x / 2
	choices.offset_right = SIZE.x / 2
	choices.offset_top = choices.offset_bottom - SIZE.y
	for node: Node in [picture, stream, player, choices]:
		root.add_child(node)
		node.owner = root
	player.stream = stream
	choices.player = player
	return root


## A document with a choice, in which something can be seen: the conditions are those of Vista.
static func starter(named: String) -> String:
	return JSON.stringify({
		"format": "1.0", "name": named, "bundle": "vista", "start": "dawn",
		"shots": {
			"dawn": {
				"lanes": {"time_of_day": {"keys": [{"at": 0, "value": 5}, {"at": 4, "value": 8}]}},
				"next": {"choice": [{"id": "sun", "text": "Wait for the sun", "then": "noon"}, {"id": "rain", "text": "Let it rain", "then": "rain"}]}},
			"noon": {"lanes": {"time_of_day": {"keys": [{"at": 4, "value": 12}]}}},
			"rain": {"lanes": {"weather": {"keys": [{"at": 2, "value": "rain"}]}}, "length": 5}}}, "  ", false) + "\n"


static func _first_cutscene(folder := "res://") -> String:
	for file in DirAccess.get_files_at(folder):
		if file.ends_with(DreamCutsceneLoader.SUFFIX):
			return file
	return "cutscene" + DreamCutsceneLoader.SUFFIX
