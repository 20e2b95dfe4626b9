extends VideoStreamPlayer
## The baked film of a cutscene in the texture of its stream, where no daemon can run.

## The film has ended, or the stream has a picture of its own.
signal over

var _stream: DreamStream
var _shown := -1.0


func _init(for_stream: DreamStream, film: VideoStream) -> void:
	_stream = for_stream
	stream = film
	visible = false
	name = "Film"
	finished.connect(_end)
	_stream.frame_ready.connect(_on_frame)
	_stream.film_shown = self


func _ready() -> void:
	play()


func _process(_delta: float) -> void:
	var picture := get_video_texture()
	if not is_playing() or picture == null or stream_position == _shown or not is_instance_valid(_stream) or _stream._target() == null:
		return
	_shown = stream_position
	var image := picture.get_image()
	if image and not image.is_empty():
		image.convert(Image.FORMAT_RGBA8)
		_stream._target().show_pixels(image.get_data(), image.get_width(), image.get_height())


func _on_frame(_index: int, _revision: int) -> void:
	_end()


func _end() -> void:
	if is_instance_valid(_stream) and _stream.film_shown == self:
		_stream.film_shown = null
		_stream.frame_ready.disconnect(_on_frame)
	over.emit()
