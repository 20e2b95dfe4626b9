extends RefCounted
## The sounds of a cutscene: read from their files in threads of the engine, while the game goes on.

const Wav := preload("wav.gd")
const KINDS := "16-bit WAV, Ogg Vorbis or MP3"
## Small sounds are read before their shots begin.
const MAX_READ_AHEAD := 64 * 1024 * 1024

# Tasks whose owner has gone: the engine wants each to be waited for.
static var _left: Array[int] = []

# Path to AudioStream, or to why there is none.
var _read := {}
# Path to [task, what it has read].
var _tasks := {}


## Begin to read these.
func ahead(paths: Array) -> void:
	var size := 0
	for path: String in paths:
		var file := FileAccess.open(path, FileAccess.READ)
		size += file.get_length() if file else 0
		if size <= MAX_READ_AHEAD:
			get_sound(path)


## The sound in that file: an AudioStream, null while it is being read, or a String that says what is wrong.
func get_sound(path: String) -> Variant:
	if _tasks.has(path):
		var task: int = _tasks[path][0]
		if not WorkerThreadPool.is_task_completed(task):
			return null
		WorkerThreadPool.wait_for_task_completion(task)
		_read[path] = _tasks[path][1][0]
		_tasks.erase(path)
	elif not _read.has(path):
		var box := [null]
		_tasks[path] = [WorkerThreadPool.add_task(_read_into.bind(box, path), false, "a sound of a cutscene"), box]
		return null
	return _read[path]


func forget() -> void:
	for path: String in _tasks:
		_left.append(_tasks[path][0])
	_tasks.clear()
	_read.clear()
	_left = _left.filter(func(task: int) -> bool:
		if WorkerThreadPool.is_task_completed(task):
			WorkerThreadPool.wait_for_task_completion(task)
			return false
		return true)


## It touches nothing but its arguments, because its owner may be freed meanwhile.
static func _read_into(box: Array, path: String) -> void:
	box[0] = read(path)


## An AudioStream, or a String that says what is wrong.
static func read(path: String) -> Variant:
	var bytes := FileAccess.get_file_as_bytes(path)
	if bytes.is_empty():
		return "%s is empty or cannot be read" % path
	var made: AudioStream = null
	var begin := bytes.slice(0, 4).get_string_from_ascii()
	if begin == "RIFF":
		made = Wav.read(bytes)
	elif begin == "OggS" and bytes.slice(29, 35).get_string_from_ascii() == "vorbis":
		made = AudioStreamOggVorbis.load_from_buffer(bytes)
	elif begin.begins_with("ID3") or (bytes[0] == 0xFF and bytes.size() > 1 and bytes[1] & 0xE0 == 0xE0):
		var sound := AudioStreamMP3.new()
		sound.data = bytes
		made = sound
	if made and made.get_length() > 0.0:
		return made
	return "%s is not a sound that Godot can play" % path

