@tool
extends RefCounted
## A shot to a file with a Godot Animation, and an Animation into a shot of a document.

const Shots := preload("animation.gd")
const Edits := preload("edits.gd")
const STREAM := "DreamStream"


## What went wrong or what was saved, in words.
static func save_animation(shot: Dictionary, path: String) -> String:
	var error := ResourceSaver.save(Shots.from_shot(shot, STREAM), path)
	return "%s cannot be saved: %s." % [path, error_string(error)] if error else "Saved %s. Its tracks key %s:conditions/…; waits and choices have no counterpart." % [path, STREAM]


## The shot has the animation's lanes, marks and length; its other fields stay.
static func with_animation(text: String, shot: String, animation: Animation, left_out: PackedStringArray) -> String:
	var made := Shots.to_shot(animation, left_out)
	for field: String in made:
		text = Edits.with_value(text, ["shots", shot, field], made[field])
	return text
