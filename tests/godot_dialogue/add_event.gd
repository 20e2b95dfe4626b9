extends SceneTree
## As the editor's menu item does it: copies the event of Dreambridge to the project's folder for Dialogic.


func _initialize() -> void:
	var dialogic: GDScript = load("res://addons/dreambridge/editor/dialogic.gd")
	print(JSON.stringify({"wrong": dialogic.call("install"), "target": dialogic.call("target")}))
	quit()
