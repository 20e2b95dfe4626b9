extends SceneTree
## How long the main thread works for a stream in a tick, over an empty scene: stream off and on in turns, for each of CASES. A case is
## "bundle|mipmaps|output". Prints the times in ms ("fresh": of the ticks that brought a frame), and those of reading, of the image and of the
## upload by themselves, as JSON.

const Bracket := preload("bracket.gd")

var out := {}
var flat := TextureRect.new()


func _initialize() -> void:
	root.add_child(flat)
	var cases := OS.get_environment("CASES").split(";")
	for case in cases:
		out[case] = {"off": [], "on": [], "fresh": [], "frames": 0, "reads": 0}
	for part in int(OS.get_environment("ROUNDS")):
		for case in cases:
			await measure(case)
	print(JSON.stringify(out))
	quit()


func measure(case: String) -> void:
	var words := case.split("|")
	var stream := DreamStream.new()
	stream.bundle = words[0]
	stream.daemon = OS.get_environment("DAEMON")
	stream.fps = float(OS.get_environment("FPS"))
	stream.autostart = false
	stream.texture = DreamTexture.new()
	stream.texture.mipmaps = "mipmaps" in words
	root.add_child(stream)
	flat.texture = stream.texture
	var ticks := int(OS.get_environment("TICKS"))
	var bracket := Bracket.new(root, -101, 1000)
	await wait(ticks)
	(out[case]["off"] as Array).append_array(bracket.take().slice(-ticks))
	stream.start()
	await stream.frame_ready
	var output: DreamOutput
	if "output" in words:
		output = DreamOutput.new()
		output.stream = stream
		flat.add_child(output)
	await wait(30)
	bracket.take()
	var first := stream.frame_index
	# Of each tick: did it bring a frame? Without a limit there are more ticks than frames.
	var brought: Array[bool] = []
	var before := reads()
	for k in ticks:
		var seen := stream.frame_index
		await process_frame
		brought.append(stream.frame_index != seen)
	var times := bracket.take()
	(out[case]["on"] as Array).append_array(times.slice(-ticks))
	for k in mini(times.size(), ticks):
		if brought[k]:
			(out[case]["fresh"] as Array).append(times[k])
	out[case]["reads"] += reads() - before - 2
	out[case]["frames"] += stream.frame_index - first
	bracket.end()
	stages(stream, out[case] as Dictionary)
	if output:
		output.free()
	stream.stop()
	flat.texture = null
	await wait(2)
	stream.free()
	await wait(20)


## What a frame costs: reading it from the ring, making an image of it, and uploading it.
func stages(stream: DreamStream, into: Dictionary) -> void:
	var reader := stream._session.reader
	reader.ahead.follow(null)
	reader.ahead = null
	var texture := ImageTexture.new()
	var image: Image
	for k in 30:
		var begun := Time.get_ticks_usec()
		reader.shown = 0
		var pixels := reader.read()
		var read := Time.get_ticks_usec()
		if pixels.is_empty():
			continue
		image = Image.create_from_data(reader.width, reader.height, false, Image.FORMAT_RGBA8, pixels)
		if stream.texture.mipmaps:
			image.generate_mipmaps()
		var made := Time.get_ticks_usec()
		if k == 0:
			texture.set_image(image)
			continue
		texture.update(image)
		var uploaded := Time.get_ticks_usec()
		for pair: Array in [["read", read - begun], ["image", made - read], ["upload", uploaded - made]]:
			if not into.has(pair[0]):
				into[pair[0]] = []
			(into[pair[0]] as Array).append(pair[1] / 1000.0)


## The calls of the system by which this thread has read something from a file.
static func reads() -> int:
	var file := FileAccess.open("/proc/thread-self/io", FileAccess.READ)
	var line := file.get_line()
	while not line.begins_with("syscr: "):
		line = file.get_line()
	return int(line.get_slice(" ", 1))


func wait(ticks: int) -> void:
	for k in ticks:
		await process_frame
