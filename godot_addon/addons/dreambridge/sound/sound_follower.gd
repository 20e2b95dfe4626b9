extends AudioStreamPlayer
## Plays a sound in step with the frames of a stream, which may be slower than the clock, stand still, or jump.
##
## Between two frames the picture's time goes on with the clock, up to the time of the next frame. A sound that is ahead of it waits, one
## that is late jumps, and what is less is made up by playing a little faster or slower, which nobody hears.

## At this distance from the picture, in seconds, the sound waits or jumps.
const MAX_OFF := 0.05
## Distances below this are left: they are shorter than a tick of the game.
const MIN_OFF := 0.012
const MAX_STRETCH := 0.03
## A stream that stays slow has its sound played slower, down to this; below it the sound waits again and again.
const SLOWEST := 0.5
const FASTEST := 1.5
## A rate so near to 1 is that of the clock, seen through the game's ticks.
const STEADY := 0.04
## Seconds over which distance and rate are averaged.
const AVERAGED := 0.5
## A frame that comes so many times later than it should is not slow: the picture stood still.
const STILL := 3.0
## After a jump the position holds only when the next piece was mixed.
const AFTER_JUMP := 0.1

## Returns what [method follow] shall do: its arguments.
var place := Callable()
## For the tests' control only: the sound begins at the right place and is left alone.
var corrects := true

# Of the sound, at the frame that is shown.
var _second := -1.0
var _shown := 0
var _rate := 1.0
var _off := 0.0
var _latency := 0.0
var _jumped := 0
var _asked: AudioStream


func _process(_delta: float) -> void:
	if place.is_valid():
		callv(&"follow", place.call() as Array)


## Second of the sound that is heard now; below 0: none is.
func heard() -> float:
	if not playing:
		return -1.0
	var mixed := 0.0 if stream_paused else AudioServer.get_time_since_last_mix() * pitch_scale
	return maxf(0.0, get_playback_position() + mixed - _latency)


## Each tick: [param sound] shall be at [param second], that of the frame in the texture; the next one comes after [param frame] seconds.
## [param runs]: does the stream make frames?
func follow(sound: AudioStream, second: float, frame: float, runs: bool) -> void:
	var now := Time.get_ticks_usec()
	if sound != _asked:
		if playing:
			stop()
		_asked = sound
		stream = sound
		_second = -1.0
	if sound == null:
		return
	if second != _second:
		_measure(second, now)
		_second = second
		_shown = now
	var wanted := second + minf((now - _shown) / 1e6 * _speed(), frame)
	if wanted < 0.0 or wanted >= sound.get_length():
		if playing:
			stop()
		return
	if not runs:
		_wait(true)
		return
	if not playing:
		# The last piece of a sound that has ended is not played again.
		if wanted < sound.get_length() - MAX_OFF:
			_jump(wanted)
		return
	if corrects and now - _jumped > AFTER_JUMP * 1e6:
		_correct(wanted)


func _correct(wanted: float) -> void:
	var off := heard() - wanted
	if stream_paused:
		if off < MIN_OFF:
			_wait(false)
		if off > 1.0 or off < -MAX_OFF:
			_jump(wanted)
		return
	if off < -MAX_OFF or off > 1.0:
		_jump(wanted)
	elif off > MAX_OFF:
		_wait(true)
	_off = lerpf(_off, off, minf(1.0, get_process_delta_time() / AVERAGED))
	var stretch := 0.0 if absf(_off) < MIN_OFF else clampf(-_off, -MAX_STRETCH, MAX_STRETCH)
	pitch_scale = _speed() + stretch


## How fast the picture's time goes, by the clock.
func _measure(second: float, now: int) -> void:
	var clock := (now - _shown) / 1e6
	var went := second - _second
	# A jump, or a picture that stood still for a while: neither says how fast it goes.
	if _second < 0.0 or went <= 0.0 or went > 1.0 or clock > went * STILL:
		return
	_rate = lerpf(_rate, went / maxf(clock, 1e-3), minf(1.0, clock / AVERAGED))


func _speed() -> float:
	return 1.0 if absf(_rate - 1.0) < STEADY else clampf(_rate, SLOWEST, FASTEST)


func _wait(on: bool) -> void:
	if stream_paused != on:
		stream_paused = on


func _jump(to: float) -> void:
	_latency = AudioServer.get_output_latency()
	_jumped = Time.get_ticks_usec()
	_off = 0.0
	stream_paused = false
	play(to)
