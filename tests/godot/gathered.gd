extends SceneTree
## Many directions in one tick: they go as few messages, each ticket gets its own answer, and nothing is looked at when all are shown.

var errors: Array[String] = []


func _initialize() -> void:
	var stream := DreamStream.new()
	stream.bundle = "testcard"
	stream.daemon = OS.get_environment("DAEMON")
	stream.failed.connect(func(code: String, _message: String, _hint: String) -> void: errors.append(code))
	root.add_child(stream)
	await stream.frame_ready
	var first := stream.direct({"level": 0.25})
	var wrong := stream.direct({"levle": 0.5})
	var last := stream.direct({"level": 0.75})
	var got := {"wrong": await stream.shown(wrong), "first": await stream.shown(first), "last": await stream.shown(last)}
	got["level"] = stream._session.effective["level"]
	got["errors"] = errors.duplicate()
	stream.direct({"level": 0.25})
	stream.cut({"level": 0.5}, 9)
	got["after_cut"] = await stream.shown(stream.direct({"level": 1.0}))
	got["seed"] = stream.info["seed"]
	got["level_after_cut"] = stream._session.effective["level"]
	var before := stream.frame_revision
	for k in 2000:
		last = stream.direct({"level": k / 2000.0})
	got["many"] = await stream.shown(last)
	got["revisions"] = stream.frame_revision - before
	got["level_after_many"] = stream._session.effective["level"]
	got["unshown"] = stream._session._directions.unshown.size()
	print(JSON.stringify(got))
	quit()
