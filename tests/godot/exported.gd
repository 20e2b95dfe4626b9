extends Node
## The main scene of an exported game: a stream with the daemon that lies beside the game, until the file QUIT is there.

const SoundFiles := preload("res://addons/dreambridge/sound/sound_files.gd")

var _stream := DreamStream.new()
var _epoch := 0


func _ready() -> void:
	_stream.bundle = OS.get_environment("BUNDLE")
	_stream.python = "/nonexistent/python"
	_stream.failed.connect(func(code: String, message: String, hint: String) -> void: print(JSON.stringify({"failed": [code, message, hint]})))
	add_child(_stream)
	if ResourceLoader.exists("res://story.dream.json"):
		var story: DreamCutscene = load("res://story.dream.json")
		var sizes := {}
		var contents := story.files()
		for named: String in contents:
			sizes[named] = (contents[named] as PackedByteArray).size()
		var sound: AudioStream = SoundFiles.read(story.file_paths()[story.sounds()["a"]] as String)
		print(JSON.stringify({"tales": await tales()}))
		print(JSON.stringify({"cutscene": story.data().get("name"), "files": sizes, "sound": sound.get_length()}))


## The first line of each story in the game.
func tales() -> Dictionary:
	var found := {}
	for file in DirAccess.get_files_at("res://tales"):
		var tale := DreamStory.new()
		tale.file = "res://tales".path_join(file)
		add_child(tale)
		found[file] = (await tale.next())["text"]
	return found


func _process(_delta: float) -> void:
	var epoch: int = _stream.info.get("epoch", 0)
	if _stream.frame_index >= 2 and epoch != _epoch and _stream.state == DreamStream.State.PLAYING:
		_epoch = epoch
		print(JSON.stringify({"playing": epoch, "frame": _stream.frame_index}))
	if FileAccess.file_exists(OS.get_environment("QUIT")):
		get_tree().quit()
