extends RefCounted
## Copies the latest slot out of a ring file (PROTOCOL.md, part 3). For one thread at a time; each thread has its own.
##
## FileAccess goes through a buffer of the C library, so that a small read may be stale. Seeking to another place, far off, empties it; where
## the last read was near, seeking to the end and back does.

const L := preload("../protocol/ring_layout.gd")
const TRIES := 3
# The buffer is smaller than this; it is 4096 bytes in the C libraries of the desktop systems.
const FAR := 65536

## Reads that were thrown away because the slot was overwritten meanwhile.
var torn := 0
## For the tests' control only: without the second look a torn slot is not noticed.
var verify := true

var _file: FileAccess
var _frame_bytes := 0
var _frames_per_slot := 1
var _stride := 0
var _slots := 0


## [param page] : the header of the ring in [param file], which was checked.
func _init(file: FileAccess, page: PackedByteArray) -> void:
	_file = file
	_frame_bytes = page.decode_u32(L.FIELDS["width"]) * page.decode_u32(L.FIELDS["height"]) * 4
	_frames_per_slot = page.decode_u32(L.FIELDS["frames_per_slot"])
	_stride = page.decode_s64(L.FIELDS["slot_stride"])
	_slots = page.decode_u32(L.FIELDS["slot_count"])


## [number of the publication, slot header, pixels of its frames]; empty if none came after the publication [param shown].
func take(shown: int) -> Array:
	for i in TRIES:
		var p := word(L.FIELDS["latest"])
		if p == 0 or p == shown:
			break
		var at := L.HEADER + ((p - 1) % _slots) * _stride
		var head := _head(at)
		if head.size() < L.SLOT_HEADER or head.decode_s64(0) != 2 * p:
			continue
		var size := _frame_bytes * clampi(head.decode_u32(L.SLOT["frames"]), 1, _frames_per_slot)
		# The pixels follow the header.
		var pixels := _file.get_buffer(size)
		if pixels.size() < size or verify and not _is_still(at, p):
			torn += 1
			continue
		return [p, head, pixels]
	return []


## An 8-byte word as it is in the file now, past the C library's buffer.
func word(at: int) -> int:
	_seek_fresh(at)
	return _file.get_64()


## Does the slot there still hold publication [param p]? The second look of the seqlock, at both words at once.
func _is_still(at: int, p: int) -> bool:
	var head := _head(at)
	return head.size() == L.SLOT_HEADER and head.decode_s64(0) == 2 * p and head.decode_s64(L.SLOT["sequence_again"]) == 2 * p


## The header of the slot there as it is in the file now, past the C library's buffer.
func _head(at: int) -> PackedByteArray:
	_seek_fresh(at)
	return _file.get_buffer(L.SLOT_HEADER)


func _seek_fresh(at: int) -> void:
	if absi(at - _file.get_position()) < FAR:
		_file.seek_end()
	_file.seek(at)
