class_name DialogicSaveState
extends Resource

@export var timeline := ""
@export var event_index := -1
@export var subsystems := {}
