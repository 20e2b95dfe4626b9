@tool
extends RefCounted
## Which seconds of a shot the timeline shows: the whole shot, until the user zooms or scrolls.

const MAX_ZOOM := 4000.0

## Where the seconds begin and end on the control, in pixels.
var left := 0.0
var width := 1.0
## The first second that is seen, and pixels a second.
var from := 0.0
var zoom := 1.0
## The seconds of the shot.
var length := 0.0
## Is the whole shot seen, whatever its length?
var fits := true


## The control has this place for [param seconds]; [param spare] pixels stay free behind the end, to drag it.
func take(begin: float, place: float, seconds: float, spare: float) -> void:
	left = begin
	width = maxf(20.0, place)
	length = seconds
	var whole := maxf(20.0, width - spare) / maxf(seconds, 1.0)
	if fits or zoom < whole:
		from = 0.0
		zoom = whole
		fits = true
	from = clampf(from, 0.0, maxf(0.0, seconds - width * 0.5 / zoom))


func x_of(at: float) -> float:
	return left + (at - from) * zoom


func time_at(x: float) -> float:
	return from + (x - left) / zoom


## Is that second on the control?
func is_seen(second: float) -> bool:
	return x_of(second) >= left - 1.0 and x_of(second) <= left + width + 1.0


## Zoom by [param factor]; what is at [param x] stays there.
func zoom_by(factor: float, x: float) -> void:
	var held := time_at(x)
	zoom = minf(zoom * factor, MAX_ZOOM)
	fits = false
	from = maxf(0.0, held - (x - left) / zoom)


func scroll_by(pixels: float) -> void:
	fits = false
	from = maxf(0.0, from + pixels / zoom)


## See the whole shot.
func fit() -> void:
	fits = true


## The seconds between two lines of the ruler, at least [param pixels] apart.
func step(pixels: float) -> float:
	for seconds: float in [0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0]:
		if seconds * zoom > pixels:
			return seconds
	return 300.0
