extends RefCounted
## When to take the view's next picture: at the last tick from which it still reaches the daemon before a step begins, so that what
## is painted is as young as can be. One picture for each step.
##
## Steps begin at even distances from one whose begin the latest frame states, by the daemon's clock. The two clocks are laid on
## each other by the frame that was seen soonest after it was published.

const KEPT := 64
const SLACK := 2000.0
const SOFT := 0.1
# One that took longer says nothing of the next: the game stood still.
const MAX_TRAVEL_US := 1e6

# Microseconds; of this engine's clock unless it says otherwise.
var _differences := PackedFloat64Array()
var _begun := -1.0
var _travel := 0.0
var _deviation := 0.0
var _tick := 16667.0
var _before := -1.0
var _last := -INF
var _served := -INF


## A new frame, whose step began at [param begun_ns] and which was published at [param published_ns] (daemon), is seen at [param now].
func saw(begun_ns: int, published_ns: int, now: float) -> void:
	_differences.append(now - published_ns / 1000.0)
	if _differences.size() > KEPT:
		_differences.remove_at(0)
	var least := _differences[0]
	for d in _differences:
		least = minf(least, d)
	_begun = begun_ns / 1000.0 + least


## A picture was [param travel] on its way from its tick into the ring.
func arrived(travel: float) -> void:
	travel = minf(travel, MAX_TRAVEL_US)
	if _travel <= 0.0:
		_travel = travel
	_deviation += SOFT * (absf(travel - _travel) - _deviation)
	_travel += SOFT * (travel - _travel)


## Once a tick: is it time for a picture, when a step is made every [param interval] microseconds (0: as fast as it goes) and
## [param is_new] says that a frame came since the last one?
func is_due(now: float, interval: float, is_new: bool) -> bool:
	if _before >= 0.0:
		_tick += SOFT * (clampf(now - _before, 1000.0, 100000.0) - _tick)
	_before = now
	var due := is_new
	if interval > 0.0 and _begun < 0.0:
		due = now - _last >= interval
	elif interval > 0.0:
		var ready := now + _travel + 2.0 * _deviation + SLACK
		var step := _begun + ceilf((ready - _begun) / interval) * interval
		# Half an interval apart is the same step, whose begin is told a little otherwise by each frame.
		due = step > _served + interval / 2.0 and ready + _tick > step
		if due:
			_served = step
	if due:
		_last = now
	return due
