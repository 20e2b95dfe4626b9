@tool
extends GridContainer
## How the stream keeps up, as a table of two columns.

const ROWS := {
	"Frames a second": "Reached / asked for.",
	"Step": "Time that the model takes for a step: the last one, and of the last 240 the median and the 99th percentile.",
	"Direction to frame": "From your last change here to the frame that shows it.",
	"Dropped, missed": "Frames that were not made to catch up, and steps that ended after their deadline.",
	"Newest frame": "How long ago the picture changed.",
	"Waiting directions": "Directions that no frame shows yet, and the age of the oldest.",
}

var _values := {}
var _stats := {}


func _init() -> void:
	columns = 2
	for title: String in ROWS:
		var label := Label.new()
		label.text = title
		label.tooltip_text = ROWS[title]
		label.mouse_filter = Control.MOUSE_FILTER_STOP
		label.modulate.a = 0.7
		add_child(label)
		var value := Label.new()
		value.size_flags_horizontal = Control.SIZE_EXPAND_FILL
		value.clip_text = true
		value.text = "–"
		value.mouse_filter = Control.MOUSE_FILTER_STOP
		add_child(value)
		_values[title] = value


## The daemon's own figures have come.
func take(stats: Dictionary) -> void:
	_stats = stats


## [param seen_at] is the millisecond of the newest frame; [param latency] of the last direction.
func refresh(stream: DreamStream, seen_at: int, latency: float) -> void:
	if not is_instance_valid(stream) or not stream.is_running() or stream.info.is_empty():
		for label: Label in _values.values():
			label.text = "–"
		return
	var asked: Variant = stream.info.get("fps")
	_say("Frames a second", "%.1f / %s" % [_number("fps"), "%.1f" % asked if asked is float and asked > 0.0 else "as many as possible"])
	_say("Step", "%.1f ms (%.0f, %.0f)" % [stream.step_ms, _number("step_ms_p50"), _number("step_ms_p99")])
	_say("Direction to frame", "%.0f ms" % latency if latency >= 0 else "–")
	_say("Dropped, missed", "%d, %d" % [stream.dropped, _number("missed")])
	_say("Newest frame", "%d ms ago" % (Time.get_ticks_msec() - seen_at) if seen_at else "–")
	_say("Waiting directions", _waiting(stream))


func _waiting(stream: DreamStream) -> String:
	var unshown: Dictionary = stream._session._directions.unshown
	if unshown.is_empty():
		return "none"
	var oldest: int = unshown.keys()[0]
	var sent: int = stream._session._directions.find(oldest)["sent"]
	return "%d, %d ms" % [unshown.size(), (Time.get_ticks_usec() - sent) / 1000.0]


func text_of(title: String) -> String:
	return (_values[title] as Label).text


func _number(field: String) -> float:
	var found: Variant = _stats.get(field, 0.0)
	return found if found is float or found is int else 0.0


func _say(title: String, text: String) -> void:
	var label: Label = _values[title]
	label.text = text
	label.tooltip_text = text
