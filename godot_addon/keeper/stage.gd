class_name KeeperStage
extends Node2D
## The room that is entered, with the keeper, the camera and the dark in it.

const HALF := 576.0
const ROOMS := {
	"study": preload("rooms/study.tscn"), "gallery": preload("rooms/gallery.tscn"), "lamp_room": preload("rooms/lamp_room.tscn"),
}
const NEEDLE_STORM := 0.05
const NEEDLE_FAIR := 0.82

var room: KeeperRoom
var room_name := ""

@onready var figure: KeeperFigure = $Keeper
@onready var _camera: Camera2D = $Camera
@onready var _dark: CanvasModulate = $Dark


## Enter a room, which shows [param stream]; the keeper stands at [param place].
func enter(named: String, place: float, stream: DreamStream) -> void:
	leave()
	room = (ROOMS[named] as PackedScene).instantiate()
	room_name = named
	room.get_node(^"Panes/DreamOutput").set(&"stream", stream)
	add_child(room)
	move_child(room, 0)
	_dark.color = room.dark
	figure.from_x = room.from_x
	figure.to_x = room.to_x
	figure.position = Vector2(clampf(place, room.from_x, room.to_x), KeeperRoom.FLOOR + 30.0)
	figure.show()
	look_on(1.0, stream.texture.average_color())


func leave() -> void:
	if room:
		room.queue_free()
		remove_child(room)
		room = null
	figure.hide()


## The spot that the keeper can use now; null: none.
func near_spot(state: KeeperState) -> KeeperSpot:
	var best: KeeperSpot = null
	for spot in room.spots():
		var far := absf(spot.position.x - figure.position.x)
		if far <= spot.reach and state.holds(spot.only_if) and (best == null or far < absf(best.position.x - figure.position.x)):
			best = spot
	return best


## What the story has changed in the room.
func change(state: KeeperState) -> void:
	match room_name:
		"study":
			(room.get_node(^"OilCan") as Node2D).visible = not state.values["oil"]
		"gallery":
			var to := NEEDLE_STORM if state.values["storm"] else NEEDLE_FAIR
			create_tween().set_trans(Tween.TRANS_ELASTIC).set_ease(Tween.EASE_OUT).tween_property(room.get_node(^"WeatherGlass"), "needle", to, 2.4)


func ring() -> void:
	var tween := create_tween()
	tween.tween_property(room.get_node(^"BellRope"), "pull", 1.0, 0.25)
	tween.tween_property(room.get_node(^"BellRope"), "pull", 0.0, 0.6)


## The camera follows the keeper; [param colour] is the picture's, which lights the room.
func look_on(delta: float, colour: Color) -> void:
	var half := maxf(HALF, get_viewport().get_visible_rect().size.x / 2.0)
	var to := KeeperRoom.WIDTH / 2.0
	if half * 2.0 < KeeperRoom.WIDTH:
		to = clampf(figure.position.x, half, KeeperRoom.WIDTH - half)
	_camera.position = Vector2(lerpf(_camera.position.x, to, minf(1.0, delta * 5.0)), KeeperRoom.HEIGHT / 2.0)
	room.glow(colour)
