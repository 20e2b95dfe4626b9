class_name KeeperHud
extends Control
## The hint at a spot, subtitles, short messages, the bars of the cutscene, and the curtain between rooms.

const MESSAGE_SECONDS := 5.0
const BAR := 0.11

var hint := _label(KeeperStyle.PAPER)
var subtitle := _label(KeeperStyle.PAPER)
var message := _label(KeeperStyle.PAPER)
## How to skip, in the upper bar of the cutscene.
var skip := _label(KeeperStyle.FAINT)
## How far the curtain is drawn, 0 to 1.
var curtain := 0.0:
	set(value):
		curtain = value
		_curtain.color.a = value
## How far the bars have come, 0 to 1.
var bars := 0.0:
	set(value):
		bars = value
		for k in 2:
			_bars[k].anchor_top = 0.0 if k == 0 else 1.0 - BAR * value
			_bars[k].anchor_bottom = BAR * value if k == 0 else 1.0

var _curtain := ColorRect.new()
var _bars: Array[ColorRect] = [ColorRect.new(), ColorRect.new()]
var _told_until := 0.0


func _init() -> void:
	set_anchors_and_offsets_preset(PRESET_FULL_RECT)
	mouse_filter = MOUSE_FILTER_IGNORE
	for bar in _bars:
		bar.color = Color.BLACK
		bar.set_anchors_preset(PRESET_FULL_RECT)
		bar.mouse_filter = MOUSE_FILTER_IGNORE
		add_child(bar)
	bars = 0.0
	_place(hint, 1.0, -46.0, 26.0)
	_place(subtitle, 1.0, -68.0, 62.0)
	subtitle.autowrap_mode = TextServer.AUTOWRAP_WORD_SMART
	_curtain.color = Color(0.01, 0.01, 0.02, 0.0)
	_curtain.set_anchors_preset(PRESET_FULL_RECT)
	_curtain.mouse_filter = MOUSE_FILTER_IGNORE
	add_child(_curtain)
	_place(message, 0.0, 22.0, 30.0)
	message.modulate.a = 0.0
	_place(skip, 0.0, 22.0, 26.0)
	skip.horizontal_alignment = HORIZONTAL_ALIGNMENT_RIGHT


func _process(delta: float) -> void:
	_told_until -= delta
	message.modulate.a = move_toward(message.modulate.a, 1.0 if _told_until > 0.0 else 0.0, delta * 2.5)


func resize_text(to: float) -> void:
	theme = KeeperStyle.theme(to)
	subtitle.add_theme_font_size_override(&"font_size", roundi(24 * to))
	skip.add_theme_font_size_override(&"font_size", roundi(16 * to))


## Tell something that needs no answer.
func tell(text: String) -> void:
	message.text = text
	_told_until = MESSAGE_SECONDS


## Draw the curtain, or open it.
func draw_curtain(closed: bool, seconds := 0.35) -> void:
	var tween := create_tween()
	tween.tween_property(self, "curtain", 1.0 if closed else 0.0, seconds)
	await tween.finished


func draw_bars(there: bool) -> void:
	create_tween().set_trans(Tween.TRANS_SINE).tween_property(self, "bars", 1.0 if there else 0.0, 0.8)


func _place(label: Label, anchor: float, at: float, high: float) -> void:
	label.anchor_left = 0.08
	label.anchor_right = 0.92
	label.anchor_top = anchor
	label.anchor_bottom = anchor
	label.offset_top = at
	label.offset_bottom = at + high
	label.mouse_filter = MOUSE_FILTER_IGNORE
	add_child(label)


static func _label(colour: Color) -> Label:
	var label := Label.new()
	label.horizontal_alignment = HORIZONTAL_ALIGNMENT_CENTER
	label.vertical_alignment = VERTICAL_ALIGNMENT_CENTER
	label.add_theme_color_override(&"font_color", colour)
	label.add_theme_constant_override(&"outline_size", 8)
	return label
