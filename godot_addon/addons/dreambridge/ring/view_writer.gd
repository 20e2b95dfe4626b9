extends RefCounted
## Writes a game's own pictures into an input ring, which the daemon made (PROTOCOL.md, part 4). For one thread at a time.
##
## FileAccess goes through a buffer of the C library: each part is flushed before the next, so that the order holds.

const L := preload("../protocol/ring_layout.gd")
const RingReader := preload("ring_reader.gd")

var width := 0
var height := 0
## Layers that a picture may have: label, or label and depth.
var layers := 1
## Number of the last picture that was published; 0 before the first, unless the ring goes on from another.
var published := 0
## Why the file could not be opened.
var error := ""

var _file: FileAccess
var _stride := 0
var _slots := 0


## Open the ring at [param path]; false and [member error] when it is none.
func open(path: String) -> bool:
	close()
	var reader := RingReader.new()
	if not reader.open(path):
		error = reader.error
		return false
	width = reader.width
	height = reader.height
	layers = reader.frames_per_slot
	_stride = reader.stride
	_slots = reader.slots
	reader.close()
	_file = FileAccess.open(path, FileAccess.READ_WRITE)
	if _file == null:
		error = "%s cannot be written: %s" % [path, error_string(FileAccess.get_open_error())]
		return false
	_file.seek(L.FIELDS["latest"])
	published = _file.get_64()
	return true


func close() -> void:
	_file = null


func is_open() -> bool:
	return _file != null


## Publish [param pixels], RGBA8 rows from the top of one layer after the other, with the game's own [param tick] number and
## [param time] in seconds. The picture's number; 0 when there is no ring or the size is wrong.
func publish(pixels: PackedByteArray, tick: int, time: float) -> int:
	var size := width * height * 4
	var count := 0 if size == 0 else floori(float(pixels.size()) / size)
	if _file == null or count < 1 or count > layers or pixels.size() != count * size:
		return 0
	var number := published + 1
	var at := L.HEADER + (published % _slots) * _stride
	_word(at, 2 * number - 1)
	_file.seek(at + L.SLOT_HEADER)
	_file.store_buffer(pixels)
	_file.flush()
	var head := PackedByteArray()
	head.resize(L.SLOT["sequence_again"] - L.SLOT["frames"])
	head.encode_u32(0, count)
	head.encode_s64(L.SLOT["first_index"] - L.SLOT["frames"], tick)
	head.encode_double(L.SLOT["time"] - L.SLOT["frames"], time)
	head.encode_s64(L.SLOT["bytes"] - L.SLOT["frames"], pixels.size())
	_file.seek(at + L.SLOT["frames"])
	_file.store_buffer(head)
	_file.flush()
	_word(at, 2 * number)
	_word(at + L.SLOT["sequence_again"], 2 * number)
	_word(L.FIELDS["latest"], number)
	published = number
	return number


func _word(at: int, value: int) -> void:
	_file.seek(at)
	_file.store_64(value)
	_file.flush()
