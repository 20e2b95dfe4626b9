extends RefCounted
## The last two frames of a stream as textures, and how far it is from one to the next.

# Frames that come so late are no interval: the stream stood still.
const MAX_INTERVAL_USEC := 500000

## The newest frame and the one before it.
var picture := ImageTexture.new()
var before := ImageTexture.new()
## The time between two frames, in seconds, as it was lately.
var interval := 0.0

var _at := 0
var _shape := []


## A new frame at [param now] (microseconds). Costs one upload.
func take(image: Image, now: int) -> void:
	var older := before
	before = picture
	picture = older
	var shape := [image.get_size(), image.get_format(), image.has_mipmaps()]
	if shape == _shape:
		picture.update(image)
	else:
		picture.set_image(image)
		before.set_image(image)
		_shape = shape
	var gap := now - _at
	if _at > 0 and gap < MAX_INTERVAL_USEC:
		interval = gap / 1e6 if interval == 0 else lerpf(interval, gap / 1e6, 0.2)
	_at = now


## How far it is from [member before] to [member picture] at that time, 0 to 1.
func weight(now: int) -> float:
	return 1.0 if interval <= 0 else clampf((now - _at) / 1e6 / interval, 0.0, 1.0)


func has_picture() -> bool:
	return _at > 0
