extends RefCounted
## Gives the frames of a ring to the one who shows them, each at its time (PROTOCOL.md, part 3). One reader for each ring.

const L := preload("../protocol/ring_layout.gd")
const SlotReader := preload("slot_reader.gd")
const Ahead := preload("ahead.gd")

var width := 0
var height := 0
var frames_per_slot := 1
var alpha := 1
var fps := 0.0
var epoch := 0
var stride := 0
var slots := 0
## Number of the publication that [method read] gave last.
var shown := 0
## Reads that were thrown away because the slot was overwritten meanwhile.
var torn: int:
	get:
		return (_slot_reader.torn if _slot_reader else 0) + (ahead.torn() if ahead else 0)
## Why the file could not be opened.
var error := ""

## Header of the frame that [method read] gave last.
var index := -1
var revision := 0
var time := 0.0
var step_ms := 0.0
var flags := 0
## Quality level of the step: its place in the bundle's levels; 0: the full one.
var level := 0
var dropped := 0
var received_ns := 0
var applied_ns := 0
var begun_ns := 0
var ended_ns := 0
var published_ns := 0
## Number of the view's publication that the frame was painted over (0: of none), and the time that its writer gave it.
var view := 0
var view_time := 0.0

## Frames a second at which the further frames of a step are given; the ring's own until somebody sets it.
var rate := 0.0

## Reads the slots in another thread; null: they are read when they are asked for.
var ahead: Ahead

## For the tests' control only: without the second look a torn frame is not noticed.
var verify := true:
	set(value):
		verify = value
		if _slot_reader:
			_slot_reader.verify = value

var _slot_reader: SlotReader
var _beat := -1
var _beat_at := 0
# Frames of the latest step whose time has not come, and when its first one was given (usec).
var _further: Array[PackedByteArray] = []
var _given_at := 0
var _given := 0


## Open the ring at [param path]; false and [member error] when it is none.
func open(path: String) -> bool:
	var file := FileAccess.open(path, FileAccess.READ)
	if file == null:
		close()
		error = "%s cannot be opened: %s" % [path, error_string(FileAccess.get_open_error())]
		return false
	var page := file.get_buffer(L.HEADER)
	if page.size() < L.HEADER or page.slice(0, 8).get_string_from_ascii() != L.MAGIC:
		return _refuse("%s is not a ring" % path)
	if page.decode_u32(L.FIELDS["crc"]) != crc32(page.slice(8, L.FIELDS["crc"])):
		return _refuse("the header of %s is damaged: its CRC differs" % path)
	if page.decode_u32(L.FIELDS["layout_version"]) != L.VERSION:
		return _refuse("%s has layout version %d; this addon knows %d" % [path, page.decode_u32(8), L.VERSION])
	width = page.decode_u32(L.FIELDS["width"])
	height = page.decode_u32(L.FIELDS["height"])
	frames_per_slot = page.decode_u32(L.FIELDS["frames_per_slot"])
	alpha = page.decode_u32(L.FIELDS["alpha"])
	fps = page.decode_double(L.FIELDS["fps"])
	epoch = page.decode_s64(L.FIELDS["epoch"])
	stride = page.decode_s64(L.FIELDS["slot_stride"])
	slots = page.decode_u32(L.FIELDS["slot_count"])
	rate = fps
	shown = 0
	# Revisions and the view's pictures count from the beginning in each ring: what the last one showed says nothing of this one.
	revision = 0
	view = 0
	view_time = 0.0
	_further.clear()
	_beat = -1
	_slot_reader = SlotReader.new(file, page)
	if ahead:
		ahead.follow(_second(path, page))
	return true


## For another thread, which has a file of its own; null if another ring has taken the place of this one meanwhile.
func _second(path: String, page: PackedByteArray) -> SlotReader:
	var file := FileAccess.open(path, FileAccess.READ)
	var fixed: int = L.FIELDS["heartbeat"]
	return SlotReader.new(file, page) if file and file.get_buffer(fixed) == page.slice(0, fixed) else null


## Open what now stands at [param path], for a ring that was superseded; false while there is nothing better, and this one stays.
func reopen(path: String) -> bool:
	var next: RefCounted = (get_script() as GDScript).new()
	if not next.call("open", path) or next.call("state") == L.SUPERSEDED:
		return false
	return open(path)


func close() -> void:
	_slot_reader = null
	if ahead:
		ahead.follow(null)


## Nothing was read yet: the header of the last frame is that of a stream before this one.
func forget() -> void:
	index = -1
	revision = 0
	time = 0.0
	step_ms = 0.0
	level = 0
	dropped = 0
	view = 0
	view_time = 0.0


func is_open() -> bool:
	return _slot_reader != null


## Ring state: live, superseded or closed.
func state() -> int:
	return _slot_reader.word(L.FIELDS["state"])


## Did the heartbeat move within [param ms] milliseconds? Ask again and again.
func alive(ms := 1000) -> bool:
	var now := Time.get_ticks_msec()
	var beat := _slot_reader.word(L.FIELDS["heartbeat"])
	if beat != _beat:
		_beat = beat
		_beat_at = now
	return now - _beat_at < ms


## The pixels (RGBA8, top row first) of the next frame that is due: the first one of a new step, or the one of the latest
## step whose time has come since (a step can bring several). An empty array when there is none.
func read() -> PackedByteArray:
	if _slot_reader == null:
		return PackedByteArray()
	var found := ahead.take() if ahead and ahead.follows() else _slot_reader.take(shown)
	if found.is_empty():
		return _due()
	shown = found[0]
	var head: PackedByteArray = found[1]
	var pixels: PackedByteArray = found[2]
	_take(head)
	var count := clampi(head.decode_u32(L.SLOT["frames"]), 1, frames_per_slot)
	return pixels if count == 1 else _split(pixels, width * height * 4, count)


## The first of a step's frames; the others are kept for their time. When there is no rate to show them at, the last.
func _split(pixels: PackedByteArray, size: int, count: int) -> PackedByteArray:
	_further.clear()
	if rate <= 0.0 or flags & L.FLAG_STEPPED:
		index += count - 1
		return pixels.slice(size * (count - 1))
	for k in range(1, count):
		_further.append(pixels.slice(size * k, size * (k + 1)))
	_given_at = Time.get_ticks_usec()
	_given = 0
	return pixels.slice(0, size)


func _due() -> PackedByteArray:
	var pixels := PackedByteArray()
	# Half a millisecond early is nearer than a tick late.
	while _further and Time.get_ticks_usec() - _given_at >= (_given + 1) * 1000000.0 / rate - 500.0:
		pixels = _further.pop_front()
		_given += 1
		index += 1
		time += 1.0 / rate
	return pixels


func _take(head: PackedByteArray) -> void:
	index = head.decode_s64(L.SLOT["first_index"])
	revision = head.decode_s64(L.SLOT["revision"])
	time = head.decode_double(L.SLOT["time"])
	step_ms = head.decode_double(L.SLOT["step_ms"])
	flags = head.decode_u32(L.SLOT["flags"])
	level = flags >> L.LEVEL_SHIFT & L.LEVEL_MASK
	dropped = head.decode_s64(L.SLOT["dropped"])
	published_ns = head.decode_s64(L.SLOT["published_ns"])
	received_ns = head.decode_s64(L.SLOT["received_ns"])
	applied_ns = head.decode_s64(L.SLOT["applied_ns"])
	begun_ns = head.decode_s64(L.SLOT["begun_ns"])
	ended_ns = head.decode_s64(L.SLOT["ended_ns"])
	view = head.decode_s64(L.SLOT["view"])
	view_time = head.decode_double(L.SLOT["view_time"])


func _refuse(why: String) -> bool:
	error = why
	close()
	return false


## CRC-32 as zlib has it (polynomial 0xEDB88320).
static func crc32(bytes: PackedByteArray) -> int:
	var crc := 0xFFFFFFFF
	for b in bytes:
		crc ^= b
		for k in 8:
			crc = (crc >> 1) ^ (0xEDB88320 if crc & 1 else 0)
	return crc ^ 0xFFFFFFFF
