extends SceneTree
## The buttons of a choice go with the player of its cutscene; what the scene itself has in the container stays.


func _initialize() -> void:
	_run.call_deferred()


func _run() -> void:
	var choices := DreamChoices.new()
	choices.add_child(Label.new())
	root.add_child(choices)
	var player := DreamCutscenePlayer.new()
	root.add_child(player)
	choices.player = player
	var options: Array[Dictionary] = [{"id": "left", "text": "Left"}, {"id": "right", "text": ""}]
	player.choice_offered.emit(options, 0.0)
	player.choice_offered.emit(options, 0.0)
	await process_frame
	var offered := _texts(choices)
	player.free()
	await process_frame
	print(JSON.stringify({"offered": offered, "left": _texts(choices), "labels": choices.find_children("", "Label", false, false).size()}))
	quit()


func _texts(choices: DreamChoices) -> Array:
	return choices.find_children("", "Button", false, false).map(func(b: Button) -> String: return b.text)
