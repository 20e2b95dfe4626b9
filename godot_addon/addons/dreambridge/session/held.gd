extends RefCounted
## What the daemon tells of a later frame, kept until that frame is shown; also when the stream goes back to another place.

const RingLayout := preload("../protocol/ring_layout.gd")
const MAX_PENDING := 10000
# The frame after a jump is flagged; it may be missed, and frames from before it may come first, but not more than these.
const FRAMES_BEFORE := 3

# In the order of their frames.
var _pending: Array[Dictionary] = []
# Jumps that are asked for and not answered.
var _asked := 0
# The publication that was read last when the stream had jumped; -1: it has not, or the frame after it was read.
var _jumped_at := -1


func clear() -> void:
	_pending.clear()
	_asked = 0
	_jumped_at = -1


## Is nothing kept, and no jump on its way?
func is_idle() -> bool:
	return _pending.is_empty() and _jumped_at < 0


func hold(m: Dictionary) -> void:
	if _pending.size() >= MAX_PENDING:
		return
	var place := _pending.size()
	while place > 0 and _pending[place - 1]["frame_index"] > m["frame_index"]:
		place -= 1
	_pending.insert(place, m)


## The game has asked to go to another place: what comes until the answer may be of either place.
func going() -> void:
	_asked += 1


## The answer: an error, or where the stream is now, whose frame is not yet shown. What was told of later frames has not happened then.
func went(m: Dictionary, shown: int) -> void:
	_asked = maxi(0, _asked - 1)
	if m.get("frame_index") is int:
		var landed: int = m["frame_index"]
		_pending = _pending.filter(func(held: Dictionary) -> bool: return held["frame_index"] <= landed)
		_jumped_at = shown


## The next that holds for the frame [param index], the publication [param shown] with those flags; empty: nothing.
func take(index: int, shown: int, flags: int) -> Dictionary:
	if _jumped_at >= 0 and shown != _jumped_at and (flags & RingLayout.FLAG_RESTORED or shown > _jumped_at + FRAMES_BEFORE):
		_jumped_at = -1
	if _asked > 0 or _jumped_at >= 0 or _pending.is_empty() or _pending[0]["frame_index"] > index:
		return {}
	return _pending.pop_front()
