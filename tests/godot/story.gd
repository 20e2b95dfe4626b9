extends SceneTree
## Stories that direct a stream. VECTORS: protocol/vectors/script.json; STORIES: tests/story; DAEMON: one that is killed and started again
## when this prints {"kill": …} and {"start": …}. Prints JSON objects, the last one with all that was found.

const Statement := preload("res://addons/dreambridge/story/statement.gd")
const Pending := preload("res://addons/dreambridge/story/pending.gd")
const Near := preload("res://addons/dreambridge/story/near.gd")
const CUTSCENES := "user://story_cutscenes"
const SCENE := {"format": "1.0", "name": "arrival", "variables": {"coins": {"type": "number"}}, "shots": {
	"dawn": {
		"lanes": {"level": {"keys": [{"at": 0, "value": 0.2}]}}, "marks": {"gull": 0.1}, "length": 0.2,
		"next": {"wait": "door", "then": "sea"},
	},
	"sea": {"lanes": {"level": {"keys": [{"at": 0, "value": 0.8}]}}, "length": 0.2},
}}
const MISTAKES := {
	"=> nowhere": 1, "~ a\n~ a": 2, "a\n\tb": 2, "else\n\tb": 1, "- x\n\ta\n  b": 3, "=>": 1, "~ two words": 1,
}

var stream: DreamStream
var story := DreamStory.new()
var errors: Array[String] = []
var got := {}
var frames := 0


func _initialize() -> void:
	await process_frame
	root.add_child(story)
	story.failed.connect(func(code: String, _message: String, _hint: String) -> void: errors.append(code))
	story.limit = 60.0
	story.cutscenes = CUTSCENES
	if OS.has_environment("ONLY_WALKS"):
		Engine.max_fps = 0  # a thousand walks are stepped: no tick has to wait for a picture
		open_stream()
		await stream.opened
		stream.pause()
		await walks()
		print(JSON.stringify(got))
		quit()
		return
	vectors()
	await paths()
	await alone()
	scripts()
	DirAccess.make_dir_recursive_absolute(CUTSCENES)
	FileAccess.open(CUTSCENES.path_join("arrival.dream.json"), FileAccess.WRITE).store_string(JSON.stringify(SCENE))
	open_stream()
	await stream.opened
	await directions()
	await cutscene()
	await waits()
	await clicks()
	stream.pause()
	await walks()
	await made_ahead()
	await saved()
	await restart()
	got["errors"] = errors
	print(JSON.stringify(got, "", true, true))
	quit()


func open_stream() -> void:
	stream = DreamStream.new()
	stream.bundle = "testcard"
	stream.seed = 7
	stream.threads = 1
	stream.daemon = OS.get_environment("DAEMON")
	stream.frame_ready.connect(func(_index: int, _revision: int) -> void: frames += 1)
	root.add_child(stream)
	story.stream = stream


func take_errors() -> Array[String]:
	var taken := errors
	errors = []
	return taken


## What the parser makes of each case, in the form of the file.
func vectors() -> void:
	var given: Dictionary = JSON.parse_string(FileAccess.get_file_as_string(OS.get_environment("VECTORS")))
	var out := {"statements": [], "tags": [], "near": [], "merging": []}
	for case: Dictionary in given["statements"]:
		var is_: Dictionary = Statement.parse(str(case["text"]))
		out["statements"].append({"text": case["text"], "error": is_["error"]} if is_.has("error") else {"text": case["text"], "is": is_})
	for case: Dictionary in given["tags"]:
		var tag := str(case["tag"])
		var text: Variant = null
		if Statement.is_direction(tag):
			text = Statement.direction_in(tag)
		out["tags"].append({"tag": tag, "text": text})
	for case: Dictionary in given["near"]:
		var found: Variant = Near.near(str(case["word"]), case["names"] as Array)
		if found == "":
			found = null
		out["near"].append({"word": case["word"], "names": case["names"], "is": found})
	for case: Dictionary in given["merging"]:
		var pending := Pending.new(func(condition: String) -> bool: return condition in case["events"])
		for text: String in case["given"]:
			pending.add(Statement.parse(text))
		out["merging"].append({"given": case["given"], "events": case["events"], "sent": pending.take()})
	got["vectors"] = out
	got["long"] = Statement.parse("x".repeat(100_000))["error"]["message"]
	got["emoji"] = Statement.parse("\"🌧\u202b סערה\"")


## For each way through the story: what it says and directs.
func paths() -> void:
	story.text = FileAccess.get_file_as_string(OS.get_environment("STORIES").path_join("lamp.dreamstory"))
	var out: Array[Dictionary] = []
	for expected: Dictionary in JSON.parse_string(FileAccess.get_file_as_string(OS.get_environment("STORIES").path_join("lamp.json"))):
		var way: Array = expected["way"]
		var told: Array[Dictionary] = []
		var listen := func(s: Dictionary) -> void: told.append(s)
		story.told.connect(listen)
		var texts: Array[String] = []
		var left := way.duplicate()
		story.begin()
		var at := await story.next()
		while at:
			if at.has("text"):
				texts.append(at["text"])
				at = await story.next()
			else:
				var wanted: String = left.pop_front()
				var options: Array = at["options"]
				var taken := options.filter(func(o: Dictionary) -> bool: return str(o["text"]).begins_with(wanted))
				at = await story.take(taken[0]["index"] as int)
		story.told.disconnect(listen)
		out.append({"way": way, "told": told, "texts": texts})
	got["paths"] = out
	got["paths_errors"] = take_errors()


## Without a stream, and with one that finds no daemon: the story is told to its end, with one message.
func alone() -> void:
	story._told_lost = false
	stream = DreamStream.new()
	stream.daemon = "nobody-there"
	root.add_child(stream)
	story.stream = stream
	var begun := Time.get_ticks_msec()
	var outcomes := [await story.tell("level=0.5"), await story.tell("play arrival"), await story.tell("wait shown"), await story.tell("wait ended")]
	got["alone"] = [outcomes, story._pending.size(), Time.get_ticks_msec() - begun < 20000]
	got["alone_errors"] = take_errors()
	stream.free()
	got["freed"] = [await story.tell("level=0.5"), await story.tell("wait shown"), await story.save(), (await story.restore("{}"))["loaded"]]
	story._told_lost = false
	story._pending.take()
	take_errors()


## Mistakes of a writer: each is told with its line, and nothing hangs.
func scripts() -> void:
	var lines := []
	for text: String in MISTAKES:
		story.text = text
		lines.append([story.begin(), story._script == null, story.problems()[0]["line"]])
	story.text = "dream: wether\n=> END\n{1 +}"
	got["problems"] = story.problems()
	got["mistakes"] = lines
	got["mistakes_errors"] = take_errors()
	got["latin1"] = latin1()


func latin1() -> String:
	FileAccess.open("user://latin1.dreamstory", FileAccess.WRITE).store_buffer(PackedByteArray([0x47, 0x72, 0xfc, 0x6e]))
	story.file = "user://latin1.dreamstory"
	var read := story._source()
	story.file = ""
	return read


func directions() -> void:
	got["tags"] = await story.tags(["mood: dark", "dream: level=0.25 over=0", "dream: wait shown"])
	got["level"] = level()
	got["cut"] = [await story.tags(["dream: cut level=0.5 seed=9", "dream: wait shown"]), level(), stream.info["seed"]]
	got["no_errors"] = take_errors()
	got["refused"] = await story.tags(["dream: levle=1", "dream: wait shown", "dream: level=7", "dream: wait shown", "dream: levl", "dream: play arival"])
	await story.idle()
	got["refused_errors"] = take_errors()
	got["nothing_plays"] = await story.tags(["dream: signal door", "dream: wait ended", "dream: level=1", "dream: wait shown"])
	got["nothing_errors"] = take_errors()
	for outside: String in ["../arrival", "/etc/passwd", "arrival.dream.json/.."]:
		await story.tell("play \"%s\"" % outside)
		await story.idle()
	got["outside"] = take_errors()
	await story.tags(["dream: level=0.25 over=0", "dream: wait shown", "dream: keep inn", "dream: level=1 over=0", "dream: wait shown", "dream: rewind inn"])
	await story.idle()
	got["rewound"] = await until(func() -> bool: return level() == 64)
	await story.tell("rewind nowhere")
	await story.idle()
	got["keep_errors"] = take_errors()


func cutscene() -> void:
	got["cutscene"] = await story.tags([
		"dream: play arrival", "dream: wait mark gull", "dream: wait shot dawn", "dream: set coins=2", "dream: wait mark none limit=0.05",
		"dream: signal door", "dream: wait shot sea", "dream: wait ended", "dream: wait shot dawn", "dream: play arrival from=sea",
		"dream: level=0.1", "dream: release level", "dream: stop", "dream: wait ended"])
	got["cutscene_errors"] = take_errors()


func waits() -> void:
	stream.pause()
	var out := {}
	await story.tell("level=0.5")
	out["timeout"] = await story.tell("wait shown limit=0.05")
	Engine.time_scale = 0.0
	out["no_time"] = await story.tell("wait shown limit=0.05")
	paused = true
	out["paused_tree"] = await story.tell("wait shown limit=0.05")
	paused = false
	Engine.time_scale = 1.0
	story.skipping = true
	out["skipping"] = await story.tell("wait shown")
	story.skipping = false
	create_timer(0.05, true, false, true).timeout.connect(story.skip)
	out["skipped"] = await story.tell("wait shown")
	stream.resume()
	out["shown"] = await story.tell("wait shown")
	var other := DreamDirector.new()
	root.add_child(other)
	other.stream = stream
	var left := []
	var wait := func() -> void: left.append(await other.tell("wait shot nowhere"))
	other._scenes.restored(true)
	wait.call()
	root.remove_child(other)
	out["left_the_tree"] = left
	other.free()
	got["waits"] = out
	got["waits_errors"] = take_errors()


## A player who clicks through 200 lines.
func clicks() -> void:
	var sent := [0]
	var count := func() -> void: sent[0] = maxi(sent[0] as int, story._pending.size())
	for line in 200:
		await story.tell("level=%s" % (line / 200.0))
		count.call()
	got["clicks"] = [await story.tell("wait shown"), sent[0], await until(func() -> bool: return level() == roundi(199 / 200.0 * 255))]


## Random ways, each line stepped, and its picture compared with the story.
func walks() -> void:
	got["walks"] = await walk_some(0.0, int(OS.get_environment("WALKS")))
	got["ahead"] = await walk_some(0.2, int(OS.get_environment("WALKS")))


func walk_some(preroll: float, count: int) -> Dictionary:
	var random := RandomNumberGenerator.new()
	random.seed = 5
	story.preroll = preroll
	story.text = FileAccess.get_file_as_string(OS.get_environment("STORIES").path_join("lamp.dreamstory"))
	story.adopted = 0
	story.directed = 0
	var out := {"lines": 0, "agree": 0, "wrong": [], "ways": {}}
	for walk in count:
		var way := ""
		story.begin()
		var at: Dictionary = await stepping(story.next)
		while at:
			if at.has("options"):
				var options: Array = at["options"]
				var taken: Dictionary = options[random.randi() % options.size()]
				way += str(taken["text"]).get_slice(" ", 0) + " "
				at = await stepping(story.take.bind(taken["index"]))
				continue
			out["lines"] += 1
			var wanted := roundi((story.variables["lamp"] as float) * 255)
			if absi(wanted - level()) <= 1:
				out["agree"] += 1
			else:
				(out["wrong"] as Array).append([way, at["text"], wanted, level()])
			at = await stepping(story.next)
		out["ways"][way] = true
	story._ahead.drop_all()
	await until(func() -> bool: return not story._ahead._busy)
	return out.merged({"ways": (out["ways"] as Dictionary).size(), "adopted": story.adopted, "directed": story.directed,
		"forks": (await stream.stats()).get("forks", 0), "errors": take_errors()}, true)


## What the game directs while the player reads holds; after another direction than a change of conditions the fork is not used.
func made_ahead() -> void:
	story.preroll = 0.5
	await story.tags(["dream: level=0.25 over=0"])
	story.offer([["dream: cut level=0.75", "dream: wait shown"], ["dream: levle=1"], []])
	await until(func() -> bool: return not story._ahead._busy and story._ahead._made.size() == 1)
	var made := story._ahead._made.size()
	var adopted := story.adopted
	var outcomes: Variant = await stepping(story.choose.bind(0))
	got["made"] = [made, story.adopted - adopted, outcomes, level()]
	story.offer([["dream: level=0.5 over=0"]])
	await until(func() -> bool: return not story._ahead._busy and story._ahead._made.size() == 1)
	await story.tell("cut level=0.1")
	await story.idle()
	adopted = story.adopted
	await stepping(story.choose.bind(0))
	got["stale"] = [story.adopted - adopted, await stepping(story.tell.bind("wait shown")), level()]
	await until(func() -> bool: return not story._ahead._busy)
	got["made_errors"] = take_errors()
	got["made_forks"] = (await stream.stats()).get("forks", 0)


## The story and its picture, to the pixel; another story goes on from the last place that both have.
func saved() -> void:
	story.begin("stairs")
	story.variables = {"lamp": 0.6, "oil": 1}
	await stepping(story.tell.bind("level=0.6 over=1"))
	await step()
	got["said"] = await stepping(story.next)
	var game := await story.save_game()
	var wanted: Array[int] = []
	for k in 3:
		await step()
		wanted.append(level())
	await stepping(story.tell.bind("cut level=0"))
	var why := await story.load_game(JSON.parse_string(JSON.stringify(game, "", true, true)) as Dictionary)
	var again: Array[int] = []
	for k in 3:
		await step()
		again.append(level())
	var line := await story.next()
	got["saved"] = [why, wanted == again, wanted[0] != wanted[2], (await story.next())["options"].size(), str(game["film"]).length() < 65536]
	got["line_again"] = line == got["said"] and line.has("text")
	story.text = "~ quay\nA new story.\n~ stairs\nNew stairs.\n"
	got["changed"] = [await story.load_game(game), (await story.next())["text"]]
	await stepping(story.tell.bind("play arrival"))
	await stepping(story.tell.bind("wait mark gull"))
	var film := await story.save()
	await stepping(story.tell.bind("stop"))
	var loaded := await story.restore(film)
	var later: Array = [await stepping(story.tell.bind("wait shown")), await stepping(story.tell.bind("signal door")), await stepping(story.tell.bind("wait shot sea")), await stepping(story.tell.bind("wait ended"))]
	got["saved_cutscene"] = [loaded["exact"], later, level()]
	got["saved_errors"] = take_errors()


## The daemon is killed in the middle of a wait, and comes back.
func restart() -> void:
	stream.resume()
	await story.tags(["dream: level=0.25 over=0", "dream: wait shown"])
	stream.pause()
	await story.tell("level=0.5")
	await story.idle()
	print(JSON.stringify({"kill": true}))
	var out := {"wait": await story.tell("wait shown"), "most": 0}
	for line in 200:
		await story.tell("level=%s" % (line / 200.0))
		out["most"] = maxi(out["most"] as int, story._pending.size())
	out["errors"] = take_errors()
	print(JSON.stringify({"start": true}))
	await until(func() -> bool: return stream.state == DreamStream.State.PAUSED, 60)
	stream.resume()
	out["back"] = [await story.tell("wait shown"), await until(func() -> bool: return level() == roundi(199 / 200.0 * 255))]
	stream.stop()
	out["closed"] = [await story.tell("level=1"), await story.tell("wait shown")]
	got["restart"] = out


## Run it, with a step of the stream whenever all directions were answered.
func stepping(what: Callable) -> Variant:
	var done: Array = []
	var run := func() -> void: done.append(await what.call())
	run.call()
	var last := false
	while not last:
		await process_frame
		if story._sent.busy or not story._pending.is_empty():
			continue
		last = not done.is_empty()
		await step()
	return done[0]


func step() -> void:
	var before := frames
	stream.step(1)
	await until(func() -> bool: return frames > before)


func until(what: Callable, seconds := 30.0) -> bool:
	var end := Time.get_ticks_msec() + int(seconds * 1000)
	while not what.call() and Time.get_ticks_msec() < end:
		await process_frame
	return what.call()


func level() -> int:
	return stream.texture._image.get_pixel(10, 220).r8
