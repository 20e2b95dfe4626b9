class_name DemoTurns
extends RefCounted
## Conditions with options, turned to the next one by a key; what the bundle does not know is not offered.

const SECONDS := 2.0

## Key to the condition that it turns on.
var keys: Dictionary = {}

# condition to the place of its option in force
var _places: Dictionary = {}


func _init(of_keys: Dictionary) -> void:
	keys = of_keys


## Turn on what belongs to the key; false when it is none of them, or when the stream's bundle lacks the condition.
func pressed(key: Key, stream: DreamStream) -> bool:
	if not keys.has(key):
		return false
	var condition: String = keys[key]
	var known: Dictionary = stream.schema.get(condition, {})
	var options: Array = known.get("options", [])
	if options.is_empty():
		return false
	var moment: bool = known.get("kind") == "event"
	# An event begins with its first option; of the others one is in force already.
	var in_force := -1 if moment else options.find(stream.conditions.get(condition, known.get("default")))
	_places[condition] = (int(_places.get(condition, in_force)) + 1) % options.size()
	stream.direct({condition: options[_places[condition]]}, 0.0 if moment else SECONDS)
	return true


## What a player may press, for a hint on the screen.
func hints(stream: DreamStream) -> PackedStringArray:
	var out := PackedStringArray()
	for key: Key in keys:
		if stream.schema.has(keys[key]):
			out.append("%s %s" % [OS.get_keycode_string(key).to_lower() if key == KEY_SPACE else OS.get_keycode_string(key), keys[key]])
	return out
