extends RefCounted
## The sounds of the cutscene that a [DreamCutscenePlayer] plays: the one of the shot, in step with the stream's frames.

const Files := preload("sound/sound_files.gd")
const Follower := preload("sound/sound_follower.gd")

## What is wrong with the sounds, for [member DreamCutscenePlayer.warnings].
var warnings: Array[String] = []
var player := Follower.new()

var _owner: DreamCutscenePlayer
var _files := Files.new()
# Name of the shot to the path of its sound.
var _paths := {}
var _told := {}


func _init(owner: DreamCutscenePlayer) -> void:
	_owner = owner
	player.name = "Sound"
	player.bus = owner.sound_bus
	player.volume_db = owner.sound_volume_db
	# It ticks as its owner does: not while the tree is paused, if the owner's process mode says so.
	player.place = _place
	owner.add_child(player, false, Node.INTERNAL_MODE_FRONT)


## Play the sounds of this document.
func take(version: DreamCutscene) -> void:
	_paths.clear()
	warnings.clear()
	_told.clear()
	for said in missing(version):
		_warn(said)
	var paths := version.file_paths()
	var sounds := version.sounds()
	for shot: String in sounds:
		if paths.has(sounds[shot]):
			_paths[shot] = paths[sounds[shot]]
	_files.ahead(_paths.values())


func close() -> void:
	_files.forget()
	player.queue_free()


## The shots whose sound is not there, each in words.
static func missing(version: DreamCutscene) -> PackedStringArray:
	var said := PackedStringArray()
	if version == null:
		return said
	var sounds := version.sounds()
	var paths := version.file_paths() if sounds else {}
	for shot: String in sounds:
		if not paths.has(sounds[shot]):
			var base := version.folder if version.folder else version.resource_path.get_base_dir()
			said.append("The sound %s of the shot %s is not in the folder %s: the shot plays without it." % [sounds[shot], shot, base])
	return said


## What the follower shall play: sound, second, seconds to the next frame, does the stream run?
func _place() -> Array:
	if not _owner._mine() or not _paths.has(_owner.shot):
		return [null, 0.0, 0.0, false]
	var second := _owner._there().sound_second()
	var path: String = _paths[_owner.shot]
	if is_nan(second) or _told.has(path):
		return [null, 0.0, 0.0, false]
	var rate := _owner.stream._session.current_fps
	if rate <= 0.0:
		_tell(path, "The stream has no rate, so that a sound cannot keep up with it: set its property fps to 0 or more.")
		return [null, 0.0, 0.0, false]
	var found: Variant = _files.get_sound(path)
	if found is String:
		_tell(path, "%s: the shot %s plays without it. Use a %s file." % [found, _owner.shot, Files.KINDS])
	var runs := _owner.stream.state in [DreamStream.State.PLAYING, DreamStream.State.SLOWED]
	return [found as AudioStream if found is AudioStream else null, second, 1.0 / rate, runs]


func _tell(path: String, said: String) -> void:
	_told[path] = true
	_warn(said)


func _warn(said: String) -> void:
	warnings.append(said)
	push_warning("Dreambridge: " + said)
