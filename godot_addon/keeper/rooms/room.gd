@tool
class_name KeeperRoom
extends Node2D
## A room: what it looks like, its spots, and its panes, which show the stream. The drawing is that of the scripts of each room.

const WIDTH := 1512.0
const HEIGHT := 648.0
const FLOOR := 566.0

## The keeper walks between these.
@export var from_x := 90.0
@export var to_x := 1420.0
## The room shows the stream in this look: only its style, say.
@export var look: DreamLook
## The colour of the dark.
@export var dark := Color(0.3, 0.31, 0.42)
## Lights whose colour is that of the picture.
@export var picture_lights: Array[PointLight2D] = []
## Strength of those lights.
@export var picture_light := 1.6

@onready var output: DreamOutput = $Panes/DreamOutput


func spots() -> Array[KeeperSpot]:
	var found: Array[KeeperSpot] = []
	for node in get_children():
		if node is KeeperSpot:
			found.append(node as KeeperSpot)
	return found


## The picture's mean colour lights the room.
func glow(colour: Color) -> void:
	for light in picture_lights:
		light.color = Color.from_hsv(colour.h, colour.s * 0.75, 1.0)
		light.energy = picture_light * clampf(0.15 + 1.5 * colour.get_luminance(), 0.2, 1.25)
