extends RefCounted
## Shall the tick wait for the view's picture, or is it read back asynchronously? Where both can be had: waiting brings the picture
## to the daemon two or three ticks earlier, which matters when ticks are long, and it costs the game what the GPU still has to draw.
##
## Asynchronously, until pictures come late; then a few are waited for, and it stays so while that costs next to nothing. A trial
## that was dear is not repeated soon, and each time later.

## What is late: this many intervals of the stream from a picture's tick into the ring.
const LATE := 1.25
## What a tick may wait for its picture, in milliseconds.
const CHEAP_MS := 2.0
const TRIAL := 4
const FIRST_PAUSE_US := 10e6
const MAX_PAUSE_US := 320e6
const SOFT := 0.1

## Wait for the next picture?
var waits := false

var _travel := 0.0
var _cost := 0.0
var _tried := 0
var _pause := FIRST_PAUSE_US
var _again := 0.0


## A picture was [param travel] on its way from its tick into the ring, and the tick waited [param cost_ms] for it; the stream makes
## a frame every [param interval]. Microseconds, but for the cost.
func arrived(travel: float, cost_ms: float, interval: float, now: float) -> void:
	if waits:
		_tried += 1
		_cost = cost_ms if _tried == 1 else _cost + maxf(SOFT, 1.0 / _tried) * (cost_ms - _cost)
		# One hitch is enough to see that the GPU is behind; later a single one is forgiven.
		if _cost > CHEAP_MS and (_tried >= TRIAL or cost_ms > 4.0 * CHEAP_MS):
			waits = false
			_travel = 0.0
			_again = now + _pause
			_pause = minf(2.0 * _pause, MAX_PAUSE_US)
		return
	_travel = travel if _travel <= 0.0 else _travel + SOFT * (travel - _travel)
	if interval > 0.0 and _travel > LATE * interval and now >= _again:
		waits = true
		_tried = 0
