class_name KeeperStyle
extends RefCounted
## The look of texts, buttons and sliders. Text sizes follow the options.

const PAPER := Color(0.94, 0.9, 0.82)
const FAINT := Color(0.94, 0.9, 0.82, 0.92)
const GOLD := Color(0.98, 0.78, 0.42)
const NIGHT := Color(0.045, 0.05, 0.075, 0.9)
const BASE := 21


static func theme(scale: float) -> Theme:
	var made := Theme.new()
	made.default_font_size = roundi(BASE * scale)
	made.set_color(&"font_color", &"Label", PAPER)
	made.set_color(&"font_outline_color", &"Label", Color(0.02, 0.02, 0.04, 0.85))
	made.set_constant(&"outline_size", &"Label", 5)
	for kind: StringName in [&"Button", &"CheckButton"]:
		made.set_color(&"font_color", kind, Color(PAPER, 0.82))
		made.set_color(&"font_hover_color", kind, PAPER)
		made.set_color(&"font_focus_color", kind, GOLD)
		made.set_color(&"font_hover_pressed_color", kind, PAPER)
		made.set_color(&"font_pressed_color", kind, Color(PAPER, 0.82))
		made.set_color(&"font_disabled_color", kind, Color(PAPER, 0.3))
		made.set_stylebox(&"normal", kind, _box(Color(0, 0, 0, 0.0), 0.0))
		made.set_stylebox(&"pressed", kind, _box(Color(0, 0, 0, 0.0), 0.0))
		made.set_stylebox(&"hover", kind, _box(Color(1, 1, 1, 0.07), 0.0))
		made.set_stylebox(&"hover_pressed", kind, _box(Color(1, 1, 1, 0.07), 0.0))
		made.set_stylebox(&"disabled", kind, _box(Color(0, 0, 0, 0.0), 0.0))
		made.set_stylebox(&"focus", kind, _box(Color(GOLD, 0.16), 3.0))
	made.set_icon(&"checked", &"CheckButton", _switch(true))
	made.set_icon(&"unchecked", &"CheckButton", _switch(false))
	made.set_stylebox(&"panel", &"PanelContainer", panel())
	var rail := StyleBoxFlat.new()
	rail.bg_color = Color(PAPER, 0.22)
	rail.content_margin_top = 3
	rail.content_margin_bottom = 3
	rail.set_corner_radius_all(3)
	var full := rail.duplicate() as StyleBoxFlat
	full.bg_color = Color(GOLD, 0.8)
	made.set_stylebox(&"slider", &"HSlider", rail)
	made.set_stylebox(&"grabber_area", &"HSlider", full)
	made.set_stylebox(&"grabber_area_highlight", &"HSlider", full)
	made.set_icon(&"grabber", &"HSlider", _dot(PAPER))
	made.set_icon(&"grabber_highlight", &"HSlider", _dot(GOLD))
	return made


static func panel() -> StyleBoxFlat:
	var box := StyleBoxFlat.new()
	box.bg_color = NIGHT
	box.border_color = Color(GOLD, 0.35)
	box.set_border_width_all(1)
	box.set_corner_radius_all(6)
	box.set_content_margin_all(22)
	box.shadow_color = Color(0, 0, 0, 0.45)
	box.shadow_size = 14
	return box


## A heading, with its letters set apart.
static func heading(text: String, scale: float, size: int) -> Label:
	var font := FontVariation.new()
	font.base_font = ThemeDB.fallback_font
	font.spacing_glyph = 3
	font.variation_embolden = 0.4
	var label := Label.new()
	label.text = text
	label.add_theme_font_override(&"font", font)
	label.add_theme_font_size_override(&"font_size", roundi(size * scale))
	label.add_theme_color_override(&"font_color", GOLD)
	return label


static func _box(colour: Color, left: float) -> StyleBoxFlat:
	var box := StyleBoxFlat.new()
	box.bg_color = colour
	box.border_color = GOLD
	box.border_width_left = roundi(left)
	box.set_corner_radius_all(3)
	box.content_margin_left = 16
	box.content_margin_right = 16
	box.content_margin_top = 6
	box.content_margin_bottom = 6
	return box


## A switch that is on or off, as a picture.
static func _switch(on: bool) -> ImageTexture:
	var image := Image.create_empty(44, 24, false, Image.FORMAT_RGBA8)
	var middle := 32.0 if on else 12.0
	for y in 24:
		for x in 44:
			var rail := Vector2(x - clampf(x, 12.0, 32.0), y - 11.5).length()
			var colour := Color(GOLD, 0.75) if on else Color(PAPER, 0.25)
			colour.a *= clampf(11.5 - rail, 0.0, 1.0)
			var knob := clampf(8.5 - Vector2(x - middle, y - 11.5).length(), 0.0, 1.0)
			image.set_pixel(x, y, colour.blend(Color(PAPER, knob)))
	return ImageTexture.create_from_image(image)


static func _dot(colour: Color) -> ImageTexture:
	var image := Image.create_empty(18, 18, false, Image.FORMAT_RGBA8)
	for y in 18:
		for x in 18:
			var far := Vector2(x - 8.5, y - 8.5).length()
			image.set_pixel(x, y, Color(colour, clampf(8.5 - far, 0.0, 1.0)))
	return ImageTexture.create_from_image(image)
