extends RefCounted
## The latest slot of a ring, read by another thread than the one that shows it: the copy, half a millisecond for a large frame, is then
## no part of the game's tick.

const SlotReader := preload("slot_reader.gd")
# Between two looks at the ring (usec): while the next frame is due, and while the ring rests.
const SOON := 1000
const REST := 5000
# No more frames than this are copied, however fast they are made: one for each tick of the fastest screen.
const MIN_INTERVAL := 4000
# A frame may come earlier than the one before: after this share of the interval it is looked for, and after this time, for a stream that is
# stepped may get its next one at once.
const EARLY := 0.65
const MAX_SLEEP := 20000
const LONG := 1_000_000

var _guard := Mutex.new()
var _slots: SlotReader
var _found := []
# The last publication, when it came, and the time between two (usec): the shorter one of the last two times.
var _last := 0
var _came := 0
var _interval := LONG
var _latest_interval := LONG


## Read this ring from now on; null: none. On the thread that shows the frames.
func follow(slots: SlotReader) -> void:
	_guard.lock()
	_slots = slots
	_found = []
	_last = 0
	_guard.unlock()


func follows() -> bool:
	return _slots != null


## Slots that were thrown away because they were overwritten meanwhile.
func torn() -> int:
	return _slots.torn if _slots else 0


## What [method SlotReader.take] found last, once; empty: nothing new. On the thread that shows the frames.
func take() -> Array:
	_guard.lock()
	var found := _found
	_found = []
	_guard.unlock()
	return found


## In the other thread: look at the ring. Returns the time until the next look (usec).
func look() -> int:
	_guard.lock()
	var slots := _slots
	var last := _last
	_guard.unlock()
	if slots == null:
		return REST
	var found := slots.take(last)
	var now := Time.get_ticks_usec()
	if found.is_empty():
		return clampi(_interval >> 4, SOON, REST) if now - _came < 2 * _interval else REST
	_guard.lock()
	if slots == _slots:
		_found = found
		_last = found[0]
	_guard.unlock()
	var since := mini(now - _came, LONG)
	_interval = mini(since, _latest_interval)
	_latest_interval = since
	_came = now
	return clampi(int(_interval * EARLY), MIN_INTERVAL, MAX_SLEEP)
