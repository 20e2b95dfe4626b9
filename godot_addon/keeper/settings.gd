class_name KeeperSettings
extends RefCounted
## What the player chose in the options, kept in user://keeper.cfg.

signal changed(what: StringName)

const SECTION := "options"
const DEFAULTS := {
	&"music": 0.7, &"effects": 0.8, &"text_size": 1.0, &"subtitles": true, &"less_flashing": false, &"fullscreen": false,
	&"endings": [],
}

var path := "user://keeper.cfg"
var values: Dictionary = DEFAULTS.duplicate(true)


func load_file() -> void:
	var file := ConfigFile.new()
	if file.load(path) == OK:
		for what: StringName in DEFAULTS:
			var kept: Variant = file.get_value(SECTION, what, DEFAULTS[what])
			if typeof(kept) == typeof(DEFAULTS[what]):
				values[what] = kept


func put(what: StringName, value: Variant) -> void:
	if values[what] == value:
		return
	values[what] = value
	var file := ConfigFile.new()
	for each: StringName in values:
		file.set_value(SECTION, each, values[each])
	if file.save(path) != OK:
		push_warning("Keeper: %s cannot be written." % path)
	changed.emit(what)


func number(what: StringName) -> float:
	return values[what]


func on(what: StringName) -> bool:
	return values[what]


## The endings that the player has seen.
func endings() -> Array:
	return values[&"endings"]


func found(ending: String) -> void:
	if not ending in endings():
		put(&"endings", endings() + [ending])
