extends SceneTree
## The trial cutscene of dawn, pan, storm, choice and branch, as a designer writes it, and its twin as a document. Prints one JSON object.

signal answered(pays: bool)

var stream: DreamStream
var calm := DreamLook.new()
var storm := DreamLook.new()
var got := {}
var told: Array = []


# begin: the trial cutscene (tests/test_godot_looks.py counts its lines)
func arrival() -> void:
	stream.cut({"prompt": "a quiet coast at first light", "time_of_day": 5.0, "camera_x": -0.4})
	await stream.settled(stream.direct({"time_of_day": 7.5, "camera_x": 0.2}, 1.0))
	print("Pay the ferryman?")
	var pays: bool = await answered
	await stream.settled(stream.apply(calm if pays else storm))
	if not pays:
		stream.direct({"event": "lightning"})
# end


func _initialize() -> void:
	await process_frame
	for look: DreamLook in [calm, storm]:
		look.over = 0.5
		look.set("conditions/weather", "clear" if look == calm else "storm")
	storm.set("conditions/time_of_day", 20.0)
	stream = DreamStream.new()
	stream.daemon = OS.get_environment("DAEMON")
	root.add_child(stream)
	await stream.frame_ready
	root.get_tree().create_timer(3.0).timeout.connect(answer)
	await arrival()
	got["code"] = [stream._session.effective["weather"], stream._session.effective["time_of_day"], stream._session.effective["camera_x"]]
	storm.unset_others = true
	await stream.shown(stream.apply(storm))
	got["others"] = [stream._session.effective["weather"], stream._session.effective["prompt"]]
	await document()
	print(JSON.stringify(got))
	quit()


func answer() -> void:
	# The pan may still be on its way on a slow machine.
	while stream._session._directions._moving:
		await process_frame
	answered.emit(false)


## await stream.play(cutscene), with a choice and a branch.
func document() -> void:
	var cutscene := DreamCutscene.from_data({
		"format": "1.0", "name": "arrival", "start": "dawn", "variables": {"paid": {"type": "bool"}},
		"shots": {
			"dawn": {
				"lanes": {"time_of_day": {"keys": [{"at": 0, "value": 5.0}, {"at": 0.5, "value": 7.5}]}}, "marks": {"gulls": 0.2},
				"next": {"choice": [{"id": "pay", "set": {"paid": true}, "then": "end"}, {"id": "keep", "then": "end"}]},
			},
			"end": {"next": {"branch": [{"if": "paid", "then": "calm"}, {"then": "storm"}]}},
			"calm": {"lanes": {"weather": {"keys": [{"at": 0.2, "value": "clear"}]}}},
			"storm": {"lanes": {"weather": {"keys": [{"at": 0.2, "value": "storm"}]}}},
		},
	})
	stream.cutscene_player.mark_passed.connect(func(mark: String) -> void: told.append(mark))
	stream.cutscene_player.choice_offered.connect(func(_options: Array[Dictionary], _limit: float) -> void:
		told.append("choice")
		stream.cutscene_player.choose("pay"))
	got["played"] = await stream.play(cutscene)
	got["told"] = told
	got["paid"] = stream.cutscene_player.variables["paid"]
	got["none"] = await stream.play(null)
	await process_frame
	var objects := int(Performance.get_monitor(Performance.OBJECT_NODE_COUNT))
	stream.free()
	got["nodes"] = objects - int(Performance.get_monitor(Performance.OBJECT_NODE_COUNT))
