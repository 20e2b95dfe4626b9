extends SceneTree
## The view's timer against a clockwork of its own: a daemon that makes a frame every 41.7 ms, a game that ticks every 16.7 ms, and
## pictures that are TRAVEL ms on their way. Prints the age of what is painted when it is shown, with the timer and without
## (the control: a picture with each new frame), for several phases between the two; and what it does after a minute's hitch.

const CaptureTimer := preload("res://addons/dreambridge/view/capture_timer.gd")
const INTERVAL := 41667.0
const TICK := 16667.0
const STEP := 28000.0
const OFFSET := 5e9


func _initialize() -> void:
	var out := {}
	for travel: float in [8000.0, 50000.0]:
		var with := [[], [], []]
		var without := [[], [], []]
		for phase in 10:
			play(travel, phase * INTERVAL / 10.0, true, with)
			play(travel, phase * INTERVAL / 10.0, false, without)
		out["%d" % int(travel / 1000.0)] = {"with": with, "without": without}
	var after := [[], [], []]
	play(50000.0, 0.0, true, after, 60e6)
	out["hitch"] = after
	print(JSON.stringify(out))
	quit()


## Adds ages in ms, pictures for each frame, and the share of frames that were painted over a new picture.
## After 100 frames one picture was [param hitch] microseconds on its way.
func play(travel: float, phase: float, use: bool, into: Array, hitch := 0.0) -> void:
	var random := RandomNumberGenerator.new()
	random.seed = 1
	var timer := CaptureTimer.new()
	var flying: Array[Vector2] = []  # when it arrives, when it was taken
	var ring := -1.0
	var painted := -1.0
	var ready_at := INF
	var begun := phase
	var fresh := 0
	var frames := 0
	var sent := 0
	var now := 0.0
	var shown := -1.0
	while frames < 240:
		# what happens until the next tick, in order
		var until := now + TICK + random.randf_range(-1500.0, 1500.0)
		while true:
			var next := minf(begun if ready_at == INF else ready_at, flying[0].x if flying else INF)
			if next > until:
				break
			if flying and flying[0].x <= next:
				var got: Vector2 = flying.pop_front()
				ring = got.y
				timer.arrived(got.x - got.y)
			elif ready_at == INF:
				fresh += int(ring != painted)
				painted = ring
				ready_at = begun + STEP
			else:
				ready_at = INF
				begun += INTERVAL
				frames += 1
		now = until
		var done := frames
		var is_new := shown != done
		if is_new:
			shown = done
			if frames > 40 and painted >= 0.0:
				(into[0] as Array).append((now - painted) / 1000.0)
			var last := begun - INTERVAL
			timer.saw(int((last + OFFSET) * 1000.0), int((last + STEP + OFFSET) * 1000.0), now)
		if hitch > 0.0 and frames == 100:
			timer.arrived(hitch)
			hitch = 0.0
		if timer.is_due(now, INTERVAL, is_new) if use else is_new:
			sent += 1
			flying.append(Vector2(now + travel + random.randf_range(-1000.0, 1500.0), now))
	(into[1] as Array).append(float(sent) / frames)
	(into[2] as Array).append(float(fresh) / frames)
