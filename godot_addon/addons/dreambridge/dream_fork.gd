class_name DreamFork
extends RefCounted
## A paused copy of a [DreamStream] before its next frame, made by [method DreamStream.fork]: direct it, let the daemon make its first second
## ahead, and let the stream go on as it.
##
## [codeblock]
## var storm := await stream.fork()
## storm.direct({"weather": "storm"}, 0.5)
## await storm.prepare(1.0)
## # Later, when the story goes there:
## await storm.adopt()
## [/codeblock]
## A stream has at most 8. They end with it, also when the daemon is restarted.

## Number of the fork in the daemon.
var number := 0
## The frame before which it stands.
var frame_at := 0
## Steps that are made ahead, as the daemon told last.
var steps := 0
## Shot of its cutscene; empty: none.
var shot := ""
## Status of its cutscene, such as "playing"; empty: none.
var status := ""

var _stream: DreamStream


func _init(stream: DreamStream, told: Dictionary) -> void:
	_stream = stream
	_take(told)


## Change conditions, as [method DreamStream.direct] does, from the frame on before which the fork stands. What was made ahead is made again.
## With [code]await[/code]: were they accepted?
func direct(values: Dictionary, over := -1.0, easing := "") -> bool:
	var fields := {}
	if over >= 0.0:
		fields["over"] = over
	if easing:
		fields["easing"] = easing
	return await _direct(values, fields)


## Change conditions at once, and reset the model's state, as [method DreamStream.cut] does. With [code]await[/code]: were they accepted?
func cut(values := {}, new_seed := -1) -> bool:
	return await _direct(values, {"cut": true, "seed": new_seed} if new_seed >= 0 else {"cut": true})


## Take an option of the choice that is open in its cutscene. With [code]await[/code]: was it taken?
func choose(option: String) -> bool:
	return _take(await _ask("fork_choose", {"option": option}))


## Let the time limit of the wait or choice that is open in its cutscene run out. With [code]await[/code]: is there one?
func run_out() -> bool:
	return _take(await _ask("fork_choose", {}))


## Tell its cutscene that something happened. With [code]await[/code]: does its shot wait for it?
func send_signal(signal_name: String) -> bool:
	var told := await _ask("fork_signal", {"name": signal_name})
	return _take(told) and told.get("waited", false)


## [code]await fork.prepare(1.0)[/code] lets the daemon make the first seconds ahead, in time that no stream needs, and returns the number of
## steps that are made: after [param timeout] seconds (at most 20) at the latest, and none over the game's own view.
func prepare(seconds := 1.0, timeout := 10.0) -> int:
	var fps: float = _stream.info.get("fps", 0.0) if is_instance_valid(_stream) else 0.0
	var per: int = _stream.info.get("frames_per_step", 1) if is_instance_valid(_stream) else 1
	var wanted := mini(ceili(maxf(seconds, 0.0) * (fps if fps > 0.0 else 24.0) / per - 1e-6), 240)
	_take(await _ask("fork_prepare", {"steps": wanted, "within": clampf(timeout, 0.0, 20.0)}))
	return steps


## [code]await fork.adopt()[/code] lets the stream go on as the fork, which ends, and returns true. The picture cuts. What was made ahead is shown at
## the stream's rate; a direction meanwhile counts from the frame that is shown.
func adopt() -> bool:
	return not (await _ask("adopt", {})).is_empty()


## End the fork and free its memory.
func drop() -> void:
	await _ask("drop", {})


func _direct(values: Dictionary, fields: Dictionary) -> bool:
	if not is_instance_valid(_stream):
		return false
	fields["values"] = _stream._plain(values)
	return _take(await _ask("fork_direct", fields))


func _ask(kind: String, fields: Dictionary) -> Dictionary:
	return await _stream._answer(kind, fields.merged({"fork": number})) if is_instance_valid(_stream) else {}


func _take(told: Dictionary) -> bool:
	if told.is_empty():
		return false
	number = told["fork"]
	frame_at = told["frame_index"]
	steps = told["steps"]
	shot = told.get("shot", "")
	status = told.get("status", "")
	return true
