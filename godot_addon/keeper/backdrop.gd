class_name KeeperBackdrop
extends CanvasLayer
## The stream over the whole screen: behind the title, in the cutscene, and through the telescope.

## How much of it is seen, 0 to 1.
var seen := 0.0:
	set(value):
		seen = value
		visible = value > 0.0
		_all.modulate.a = value
## Through the telescope: a round picture in the dark.
var round_view := false:
	set(value):
		round_view = value
		_tube.visible = value

@onready var _all: Control = $All
@onready var _tube: Control = $All/Tube


func _ready() -> void:
	seen = 0.0
	_tube.draw.connect(_draw_tube)


func fade(to: float, seconds := 0.6) -> void:
	var tween := create_tween()
	tween.tween_property(self, "seen", to, seconds)
	await tween.finished


func _draw_tube() -> void:
	var size := _tube.size
	var middle := size / 2.0
	var radius := size.y * 0.44
	var ring := PackedVector2Array()
	for k in 97:
		ring.append(middle + Vector2.from_angle(TAU * k / 96.0) * radius)
	# the dark round the circle, in four parts
	for k in 4:
		var part := ring.slice(k * 24, k * 24 + 25)
		var across := Vector2(1.0 if k in [0, 3] else -1.0, 1.0 if k < 2 else -1.0)
		var corner := middle + across * size
		var side := Vector2(corner.x, middle.y)
		var end := Vector2(middle.x, corner.y)
		part.append_array(PackedVector2Array([end, corner, side] if k % 2 == 0 else [side, corner, end]))
		_tube.draw_colored_polygon(part, Color.BLACK)
	for k in 10:
		var shade := PackedVector2Array()
		for j in 97:
			shade.append(middle + Vector2.from_angle(TAU * j / 96.0) * (radius - k * 5.0))
		_tube.draw_polyline(shade, Color(0, 0, 0, 0.7 - k * 0.07), 7.0, true)
	_tube.draw_polyline(ring, Color(0.55, 0.42, 0.22), 5.0, true)
