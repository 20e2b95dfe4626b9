extends RefCounted
## A stream that keeps to the game's time: it stands still while Engine.time_scale is 0, and its transitions take seconds of the game.

# At less than this a transition would take minutes.
const MIN_SCALE := 0.01

## Does the stream stand still because the game's time does?
var stands := false


## Once a tick: whether it has begun ("pause") or ended ("resume") to stand still; else "".
func change(follows: bool) -> String:
	var now := follows and Engine.time_scale <= 0.0
	if now == stands:
		return ""
	stands = now
	return "pause" if now else "resume"


## That many seconds of the game, in seconds of stream time. Below 0, and while the game's time stands still: as it is.
static func seconds(over: float, follows: bool) -> float:
	return over / maxf(MIN_SCALE, Engine.time_scale) if follows and over > 0.0 and Engine.time_scale > 0.0 else over
