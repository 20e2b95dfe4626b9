@tool
@icon("icons/dream_texture.svg")
class_name DreamTexture
extends ImageTexture
## The picture of a [DreamStream], as a texture for anything that takes a [Texture2D]: TextureRect, Sprite2D, a material.
##
## Use the same DreamTexture as the stream's [member DreamStream.texture] and wherever you want to show it. The pixels are
## sRGB-encoded RGBA, top row first, straight alpha. In a 3D material use it as albedo or emission texture.

## The longest side of a texture that nearly all GPUs take, in pixels.
const USUAL_SIDE := 16384

# OpenGL may wait until a texture that was drawn is free before it is written. A small one is made again in less time (measured with llvmpipe).
const _MAX_RENEWED_BYTES := 256 * 256 * 4

## Make smaller versions of each frame, so that a surface that is small on the screen does not flicker. Costs time on the main thread for
## each frame; use it with a filter that takes mipmaps.
@export var mipmaps := false

# The longest side that this GPU takes, in pixels; 0: not asked yet.
static var _limit := 0
static var _is_opengl := DisplayServer.get_name() != "headless" and RenderingServer.get_rendering_device() == null

var _image: Image


func _validate_property(property: Dictionary) -> void:
	# The running picture is not part of the scene.
	if property["name"] == "image":
		property["usage"] = PROPERTY_USAGE_NONE


## The longest side of a texture that the GPU takes, in pixels. The Compatibility renderer does not tell: there it is what nearly all GPUs take.
static func max_side() -> int:
	if _limit == 0:
		var device := RenderingServer.get_rendering_device()
		_limit = device.limit_get(RenderingDevice.LIMIT_MAX_TEXTURE_SIZE_2D) if device else USUAL_SIDE
	return _limit


## Show [param pixels], RGBA8 rows of [param width] from the top. Costs one upload; the texture is made again only if the size changes. What is
## larger than [method max_side] is shown smaller.
func show_pixels(pixels: PackedByteArray, width: int, height: int) -> void:
	if _image != null and not mipmaps and not _image.has_mipmaps() and Vector2(width, height) == get_size() and Vector2i(width, height) == _image.get_size():
		_image.set_data(width, height, false, Image.FORMAT_RGBA8, pixels)
		if _is_opengl and pixels.size() <= _MAX_RENEWED_BYTES:
			RenderingServer.texture_replace(get_rid(), RenderingServer.texture_2d_create(_image))
		else:
			update(_image)
		return
	var fits := maxi(width, height) <= max_side()
	var size_of := Vector2i(width, height) if fits else Vector2i(Vector2(width, height) * (float(max_side()) / maxi(width, height))).max(Vector2i.ONE)
	var same := _image != null and _image.get_size() == size_of and Vector2i(get_size()) == size_of and _image.has_mipmaps() == mipmaps
	if _image == null:
		_image = Image.create_from_data(width, height, false, Image.FORMAT_RGBA8, pixels)
	else:
		_image.set_data(width, height, false, Image.FORMAT_RGBA8, pixels)
	if not fits:
		_image.resize(size_of.x, size_of.y, Image.INTERPOLATE_BILINEAR)
	if mipmaps:
		_image.generate_mipmaps()
	if same:
		update(_image)
	else:
		set_image(_image)


## The picture's mean colour, from 8 x 8 of its pixels; use it for the light that a picture casts into a room.
func average_color() -> Color:
	if _image == null:
		return Color(0.2, 0.2, 0.22)
	var sum := Color(0, 0, 0, 0)
	for y in 8:
		for x in 8:
			var at := Vector2i((Vector2(x, y) + Vector2(0.5, 0.5)) / 8.0 * Vector2(_image.get_size()))
			sum += _image.get_pixelv(at)
	return sum / 64.0


## Show a still picture, such as a poster.
func show_still(picture: Texture2D) -> void:
	if picture == null:
		return
	var still := picture.get_image()
	if still == null:
		return
	if still.is_compressed():
		still.decompress()
	still.convert(Image.FORMAT_RGBA8)
	_image = null
	set_image(still)


## Show nothing: one transparent pixel.
func show_nothing() -> void:
	_image = null
	set_image(Image.create_empty(1, 1, false, Image.FORMAT_RGBA8))
