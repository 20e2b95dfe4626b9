extends RefCounted
## Images of the engine as what a direction carries: width, height and rgba.

## The model sees 64 x 64; what is larger than this is halved until it is not.
const SIDE := 256


## The values with each Image and Texture2D in a form that can be sent.
static func plain(values: Dictionary) -> Dictionary:
	var out := values.duplicate()
	for condition: Variant in values:
		if values[condition] is Texture2D:
			var texture: Texture2D = values[condition]
			out[condition] = pixels(texture.get_image())
		elif values[condition] is Image:
			var image: Image = values[condition]
			out[condition] = pixels(image)
	return out


## Width, height and rgba of an image; of none the daemon says so.
static func pixels(image: Image) -> Dictionary:
	if image == null or image.is_empty():
		return {"width": 0, "height": 0, "rgba": PackedByteArray()}
	var small: Image = image.duplicate()
	if small.is_compressed():
		small.decompress()
	small.clear_mipmaps()
	small.convert(Image.FORMAT_RGBA8)
	while small.get_width() > SIDE or small.get_height() > SIDE:
		if mini(small.get_width(), small.get_height()) < 2:
			small.resize(mini(small.get_width(), SIDE), mini(small.get_height(), SIDE), Image.INTERPOLATE_BILINEAR)
		else:
			small.shrink_x2()
	return {"width": small.get_width(), "height": small.get_height(), "rgba": small.get_data()}
