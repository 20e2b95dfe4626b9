extends Node
## The main scene of an exported game on a machine without a daemon: plays a cutscene, and tells what is seen instead.

var _stream := DreamStream.new()
var _player := DreamCutscenePlayer.new()
var _levels := {}


func _ready() -> void:
	_stream.bundle = "testcard"
	_stream.daemon = "nobody-there"
	_player.stream = _stream
	_player.cutscene = load(OS.get_environment("CUTSCENE"))
	add_child(_stream)
	add_child(_player)
	var began := await _player.play()
	var told := {"began": began, "film": _player.is_film_shown, "status": _player.status, "variables": _player.variables}
	if began:
		told["ended"] = await _player.happens("ended")
		told["left"] = [_player.is_film_shown, _player.status]
	told["levels"] = _levels.keys()
	told["size"] = str(_stream.texture.get_size())
	print(JSON.stringify(told))
	get_tree().quit()


func _process(_delta: float) -> void:
	if _player.is_film_shown and _stream.texture._image:
		_levels[_stream.texture._image.get_pixel(4, 220).r8] = true
