extends SceneTree
## Runs protocol/vectors (folder in VECTORS) against the addon's codec, ring reader and ZMTP frames.

const Msgpack := preload("res://addons/dreambridge/codec/msgpack.gd")
const Zmtp := preload("res://addons/dreambridge/transport/zmtp.gd")
const ConnectionFile := preload("res://addons/dreambridge/system/connection_file.gd")
const Messages := preload("res://addons/dreambridge/protocol/messages.gd")
const Session := preload("res://addons/dreambridge/session/session.gd")
const RingReader := preload("res://addons/dreambridge/ring/ring_reader.gd")

var failures: Array[String] = []
var ran := 0


func _initialize() -> void:
	msgpack(vectors("msgpack"))
	zmtp(vectors("zmtp"))
	ring(vectors("ring"))
	runtime_folder(vectors("runtime_folder"))
	states(vectors("states"))
	newer_daemon()
	print(JSON.stringify({"ran": ran, "failures": failures}))
	quit()


func vectors(title: String) -> Dictionary:
	return JSON.parse_string(FileAccess.get_file_as_string(OS.get_environment("VECTORS").path_join(title + ".json")))


func check(title: String, found: Variant, wanted: Variant) -> void:
	ran += 1
	if typeof(found) != typeof(wanted) or found != wanted:
		failures.append("%s: found %s, wanted %s" % [title, str(found).left(200), str(wanted).left(200)])


func untag(v: Variant) -> Variant:
	if not v is Dictionary:
		return v
	var d: Dictionary = v
	if d.has("int"):
		return str(d["int"]).to_int()
	if d.has("float"):
		return float(d["float"])
	if d.has("bin"):
		return str(d["bin"]).hex_decode()
	if d.has("array"):
		return (d["array"] as Array).map(untag)
	var map := {}
	for pair: Array in d["map"]:
		map[untag(pair[0])] = untag(pair[1])
	return map


func msgpack(v: Dictionary) -> void:
	var codec := Msgpack.new()
	for case: Dictionary in v["cases"]:
		var value: Variant = untag(case["value"])
		var bytes := str(case["bytes"]).hex_decode()
		check("decode " + str(case["bytes"]).left(40), codec.decode(bytes), value)
		check("no error of " + str(case["bytes"]).left(40), codec.error, "")
		if not case.has("decode_only"):
			check("encode " + str(case["bytes"]).left(40), Msgpack.encode(value).hex_encode(), str(case["bytes"]))
	for case: Dictionary in v["long"]:
		var length := int(str(case["length"]).to_float())
		var value: Variant = "x".repeat(length)
		if case["kind"] == "bin":
			value = "x".repeat(length).to_ascii_buffer()
		var bytes := Msgpack.encode(value)
		var head: String = case["head"]
		check("long " + head, bytes.hex_encode().left(head.length()), head)
		check("size of " + head, bytes.size(), length + (head.length() >> 1))
		check("back " + head, codec.decode(bytes), value)
	for case: Dictionary in v["bad"]:
		var got: Variant = codec.decode(str(case["bytes"]).hex_decode())
		check("refuse " + str(case["name"]), got == null and codec.error != "", true)


func zmtp(v: Dictionary) -> void:
	check("greeting", Zmtp.greeting().hex_encode(), str(v["greeting"]))
	check("hello", Zmtp.plain_hello("dreambridge", "key").hex_encode(), str(v["hello"]))
	check("initiate", Zmtp.initiate().hex_encode(), str(v["initiate"]))
	check("short", Zmtp.frame("hi".to_ascii_buffer(), 0).hex_encode(), str(v["short"]))
	var long := PackedByteArray()
	long.resize(300)
	check("long", Zmtp.frame(long, 0).slice(0, 9).hex_encode(), str(v["long_head"]))


func runtime_folder(v: Dictionary) -> void:
	for case: Dictionary in v["cases"]:
		var env: Dictionary = case["env"]
		var folders: Array = case["folders"]
		var get_variable := func(title: String) -> String: return env.get(title, "")
		var is_folder := func(path: String) -> bool: return path in folders
		var system: String = case["system"]
		var uid: int = int(str(case["uid"]).to_float())
		var found := ConnectionFile.runtime_folder(system, get_variable, uid, is_folder)
		check("runtime folder: " + str(case["name"]), found, str(case["folder"]))


func states(v: Dictionary) -> void:
	for case: Dictionary in v["cases"]:
		check("state " + str(case["name"]), Messages.STATE_NAMES[Messages.state_named(str(case["name"]))], str(case["state"]))


## Of what a newer daemon says, an unknown state keeps its name and counts as playing, and unknown events are no error.
func newer_daemon() -> void:
	var session := Session.new()
	var told: Array[String] = []
	session.state_changed.connect(func(state: Session.State, reason: String) -> void: told.append("%d %s" % [state, reason]))
	session.failed.connect(func(code: String, _message: String, _hint: String) -> void: told.append(code))
	session._event({"type": "state", "session": -1, "state": "dreaming", "code": "asleep", "reason": "it is late", "fps": 3.0})
	session._event({"type": "sparkle", "session": -1, "count": 3})
	session._event({"type": "sparkle"})
	check("unknown state", session.state, Session.State.PLAYING)
	check("its name", session.state_name, "dreaming")
	check("its rate", session.current_fps, 3.0)
	check("told", told, ["%d it is late" % Session.State.PLAYING] as Array[String])


func ring(v: Dictionary) -> void:
	var path := OS.get_user_data_dir().path_join("vector.ring")
	var bytes := PackedByteArray()
	bytes.resize(int(str(v["size"]).to_float()))
	for at: String in v["blocks_of_512"]:
		var block := str(v["blocks_of_512"][at]).hex_decode()
		for i in block.size():
			bytes[at.to_int() + i] = block[i]
	write(path, bytes)
	var reader := RingReader.new()
	check("open", reader.open(path), true)
	# a slot of two frames: the first one at once, the second one when its time has come
	var first := reader.read()
	check("first of two", first.size() == str(v["pixels"]).length() >> 1 and first.hex_encode() != str(v["pixels"]), true)
	check("its index", reader.index, int(str(v["index"]).to_float()) - 1)
	check("its time", reader.time, float(v["time"]))
	check("not yet", reader.read().size(), 0)
	OS.delay_msec(int(1000.0 / float(v["fps"])) + 2)
	check("pixels", reader.read().hex_encode(), str(v["pixels"]))
	check("the second one's time", absf(reader.time - float(v["time"]) - 1.0 / float(v["fps"])) < 1e-9, true)
	for field: String in ["width", "height", "frames_per_slot", "index", "revision", "dropped", "view"]:
		check(field, reader.get(field), int(str(v[field]).to_float()))
	for field: String in ["step_ms", "fps", "view_time"]:
		check(field, reader.get(field), float(v[field]))
	check("epoch", reader.epoch, str(v["epoch"]).to_int())
	check("nothing new", reader.read().size(), 0)
	# a control: a slot that is being written is not read
	bytes.encode_s64(4096 + 2 * 4096, 5)
	write(path, bytes)
	check("open again", reader.open(path), true)
	check("half written", reader.read().size(), 0)
	bytes[30] ^= 1
	write(path, bytes)
	check("damaged", reader.open(path), false)
	DirAccess.remove_absolute(path)


func write(path: String, bytes: PackedByteArray) -> void:
	var file := FileAccess.open(path, FileAccess.WRITE)
	file.store_buffer(bytes)
	file.close()
