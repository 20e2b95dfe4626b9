@tool
@icon("icons/dream_look.svg")
class_name DreamLook
extends DreamConditions
## A look: conditions, and the transition to them. A game shows it with [method DreamStream.apply]; the inspector has a button that shows it
## in the streams that are previewed.
##
## [codeblock]
## @export var storm: DreamLook
##
## func _on_boss_appeared() -> void:
##     await $DreamStream.settled($DreamStream.apply(storm))
## [/codeblock]

## Length of the transition in seconds. -1: each condition's own.
@export_range(-1.0, 120.0, 0.05, "or_greater", "suffix:s") var over := 2.0
## Curve of the transition.
@export_enum("default", "linear", "smooth", "in", "out") var easing := "default"
## Shown by [method DreamStream.apply] while no daemon answers, as on a player's machine without one. Empty: the picture stays.
@export var still: Texture2D
## Unset the conditions that this look does not set.
@export var unset_others := false


## What a stream is directed to in which [param holding] holds (condition to value).
func values_over(holding: Dictionary) -> Dictionary:
	var out := values.duplicate()
	if unset_others:
		for condition: Variant in holding:
			if not out.has(condition) and holding[condition] != null:
				out[condition] = null
	return out
