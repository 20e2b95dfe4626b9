class_name DemoStory
extends RefCounted
## What the storyteller says, and the picture that goes with it.

const LINES: Array[Dictionary] = [
	{"says": "Come closer. The painting listens.", "prompt": "a peaceful forest at daybreak"},
	{"says": "Where I come from, the sea never sleeps.", "prompt": "the ocean at sunset with palms on the beach"},
	{"says": "One winter it snowed until the peaks were gone.", "prompt": "heavy snow over the high mountains in the evening"},
	{"says": "Then, one night, the sky broke over the woods.", "prompt": "a raging thunderstorm over tall fir trees at night"},
	{"says": "I walked for days. There was only sand and noon.", "prompt": "a cloudless desert at noon with red mesas"},
	{"says": "And in the morning I could not see my own hands.", "prompt": "thick fog over a quiet forest in the early morning"},
]

var _next := 0


func next() -> Dictionary:
	var line := LINES[_next]
	_next = (_next + 1) % LINES.size()
	return line
