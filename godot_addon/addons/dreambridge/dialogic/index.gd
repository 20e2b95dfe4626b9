@tool
extends DialogicIndexer
## Dreambridge for Dialogic 2: the event [code]dream: weather=storm over=2[/code], and the subsystem Dream. Project > Tools > Add Dreambridge to Dialogic copies
## this folder to res://addons/dialogic_additions/dreambridge.


func _get_events() -> Array:
	return [this_folder.path_join("event_dream.gd")]


func _get_subsystems() -> Array[Dictionary]:
	return [{"name": "Dream", "script": this_folder.path_join("subsystem_dream.gd")}]
