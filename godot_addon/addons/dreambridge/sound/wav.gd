extends RefCounted
## Reads a WAV file (Godot reads one at run time only since 4.4): PCM of 8, 16, 24 or 32 bits, and floats of 32 bits, mono or stereo.

const PCM := 1
const FLOAT := 3
const EXTENSIBLE := 0xFFFE
const MAX_RATE := 384000


## The sound; null if it is none of these.
static func read(file: PackedByteArray) -> AudioStreamWAV:
	if file.size() < 12 or _tag(file, 0) != "RIFF" or _tag(file, 8) != "WAVE":
		return null
	var at := 12
	var head := PackedByteArray()
	while at + 8 <= file.size():
		var size := file.decode_u32(at + 4)
		var from := at + 8
		# A recorder that was stopped hard has written no size; the file's end counts.
		var until := mini(from + size, file.size())
		match _tag(file, at):
			"fmt ":
				head = file.slice(from, until)
			"data":
				return _sound(head, file.slice(from, until))
		at = from + size + (size & 1)
	return null


static func _sound(head: PackedByteArray, data: PackedByteArray) -> AudioStreamWAV:
	if head.size() < 16:
		return null
	var kind := head.decode_u16(0)
	if kind == EXTENSIBLE and head.size() >= 26:
		kind = head.decode_u16(24)
	var channels := head.decode_u16(2)
	var rate := head.decode_u32(4)
	var bits := head.decode_u16(14)
	if channels not in [1, 2] or rate < 1 or rate > MAX_RATE or not (kind == PCM and bits in [8, 16, 24, 32] or kind == FLOAT and bits == 32):
		return null
	var whole := channels * (bits >> 3)
	data.resize(data.size() - data.size() % whole)
	if data.is_empty():
		return null
	var made := AudioStreamWAV.new()
	made.format = AudioStreamWAV.FORMAT_16_BITS
	made.stereo = channels == 2
	made.mix_rate = rate
	made.data = data if bits == 16 else _as_16_bits(data, bits, kind == FLOAT)
	return made


static func _as_16_bits(data: PackedByteArray, bits: int, floats: bool) -> PackedByteArray:
	var bytes := bits >> 3
	@warning_ignore("integer_division")
	var count := data.size() / bytes
	var out := PackedByteArray()
	out.resize(2 * count)
	for k in count:
		var value: int
		if floats:
			value = int(clampf(data.decode_float(4 * k), -1.0, 1.0) * 32767.0)
		elif bits == 8:
			value = (data[k] - 128) << 8
		else:
			value = data.decode_s16(bytes * k + bytes - 2)
		out.encode_s16(2 * k, value)
	return out


static func _tag(file: PackedByteArray, at: int) -> String:
	return file.slice(at, at + 4).get_string_from_ascii()
