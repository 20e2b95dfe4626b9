extends RefCounted
## MessagePack: values to bytes and back. Knows nothing of sockets, sessions or nodes.
##
## Encodes null, bool, int, float, String, StringName, NodePath, arrays, dictionaries, vectors (as arrays) and
## PackedByteArray (as bin); packed float arrays travel as bin, little-endian float32, which is what the daemon reads poses
## and vectors from. Decodes everything but extension types, which become null.

const MAX_DEPTH := preload("../protocol/messages.gd").MAX_DEPTH
const MAX_BYTES := 64 * 1024 * 1024

var _in := StreamPeerBuffer.new()
## What was wrong with the last bytes given to [method decode]; empty when nothing was.
var error := ""


static func encode(value: Variant) -> PackedByteArray:
	var out := StreamPeerBuffer.new()
	out.big_endian = true
	_put(out, value)
	return out.data_array


## The type of what in [param value] cannot be sent, such as "Vector3i"; empty: all can.
static func unsendable(value: Variant) -> String:
	match typeof(value):
		TYPE_DICTIONARY:
			var map: Dictionary = value
			for key: Variant in map:
				var wrong := unsendable(key) + unsendable(map[key])
				if wrong:
					return wrong
		TYPE_ARRAY:
			for item: Variant in value:
				var wrong := unsendable(item)
				if wrong:
					return wrong
		TYPE_NIL, TYPE_BOOL, TYPE_INT, TYPE_FLOAT, TYPE_STRING, TYPE_STRING_NAME, TYPE_NODE_PATH, TYPE_VECTOR2, TYPE_VECTOR3, TYPE_COLOR:
			pass
		_:
			if typeof(value) < TYPE_ARRAY:
				return type_string(typeof(value))
	return ""


## The value that [param bytes] hold. Check [member error]: null is a value too.
func decode(bytes: PackedByteArray) -> Variant:
	error = ""
	if bytes.size() > MAX_BYTES:
		error = "%d bytes are more than %d" % [bytes.size(), MAX_BYTES]
		return null
	_in.big_endian = true
	_in.data_array = bytes
	_in.seek(0)
	var value: Variant = _read(0)
	if error.is_empty() and _in.get_position() != bytes.size():
		error = "%d bytes follow the value" % (bytes.size() - _in.get_position())
	return null if error else value


static func _put(out: StreamPeerBuffer, value: Variant) -> void:
	match typeof(value):
		TYPE_NIL:
			out.put_u8(0xC0)
		TYPE_BOOL:
			out.put_u8(0xC3 if value else 0xC2)
		TYPE_INT:
			_put_int(out, value)
		TYPE_FLOAT:
			out.put_u8(0xCB)
			var f: float = value
			out.put_double(f)
		TYPE_STRING, TYPE_STRING_NAME, TYPE_NODE_PATH:
			var text := str(value).to_utf8_buffer()
			if text.size() < 32:
				out.put_u8(0xA0 | text.size())
			else:
				_put_size(out, text.size(), 0xD9, 0xDA, 0xDB)
			out.put_data(text)
		TYPE_PACKED_BYTE_ARRAY:
			var bytes: PackedByteArray = value
			_put_size(out, bytes.size(), 0xC4, 0xC5, 0xC6)
			out.put_data(bytes)
		TYPE_PACKED_FLOAT32_ARRAY:
			var floats: PackedFloat32Array = value
			_put(out, floats.to_byte_array())
		TYPE_PACKED_FLOAT64_ARRAY:
			var doubles: PackedFloat64Array = value
			_put(out, PackedFloat32Array(Array(doubles)).to_byte_array())
		TYPE_DICTIONARY:
			var map: Dictionary = value
			_put_count(out, map.size(), 0x80, 0xDE, 0xDF)
			for key: Variant in map:
				_put(out, key)
				_put(out, map[key])
		TYPE_VECTOR2:
			var v2: Vector2 = value
			_put(out, [v2.x, v2.y])
		TYPE_VECTOR3:
			var v3: Vector3 = value
			_put(out, [v3.x, v3.y, v3.z])
		TYPE_COLOR:
			var c: Color = value
			_put(out, [c.r, c.g, c.b, c.a])
		_:
			if typeof(value) >= TYPE_ARRAY:
				# Array and the packed arrays that are no bytes or floats
				var items := Array(value)
				_put_count(out, items.size(), 0x90, 0xDC, 0xDD)
				for item: Variant in items:
					_put(out, item)
			else:
				push_error("Dreambridge: a %s cannot be sent; send null, bool, int, float, String, Array or Dictionary." % type_string(typeof(value)))
				out.put_u8(0xC0)


static func _put_int(out: StreamPeerBuffer, n: int) -> void:
	if n >= 0:
		if n < 0x80:
			out.put_u8(n)
		elif n <= 0xFF:
			out.put_u8(0xCC)
			out.put_u8(n)
		elif n <= 0xFFFF:
			out.put_u8(0xCD)
			out.put_u16(n)
		elif n <= 0xFFFFFFFF:
			out.put_u8(0xCE)
			out.put_u32(n)
		else:
			out.put_u8(0xCF)
			out.put_64(n)
	elif n >= -32:
		out.put_8(n)
	elif n >= -0x80:
		out.put_u8(0xD0)
		out.put_8(n)
	elif n >= -0x8000:
		out.put_u8(0xD1)
		out.put_16(n)
	elif n >= -0x80000000:
		out.put_u8(0xD2)
		out.put_32(n)
	else:
		out.put_u8(0xD3)
		out.put_64(n)


static func _put_size(out: StreamPeerBuffer, n: int, mark8: int, mark16: int, mark32: int) -> void:
	if n <= 0xFF:
		out.put_u8(mark8)
		out.put_u8(n)
	elif n <= 0xFFFF:
		out.put_u8(mark16)
		out.put_u16(n)
	else:
		out.put_u8(mark32)
		out.put_u32(n)


static func _put_count(out: StreamPeerBuffer, n: int, fix: int, mark16: int, mark32: int) -> void:
	if n < 16:
		out.put_u8(fix | n)
	elif n <= 0xFFFF:
		out.put_u8(mark16)
		out.put_u16(n)
	else:
		out.put_u8(mark32)
		out.put_u32(n)


## Are [param n] more bytes there? Says so once if they are not.
func _has(n: int) -> bool:
	if not error and _in.get_available_bytes() < n:
		error = "it ends after %d bytes where %d more should follow" % [_in.get_size(), n]
	return error.is_empty()


func _read(depth: int) -> Variant:
	if not _has(1):
		return null
	var b := _in.get_u8()
	if b <= 0x7F:
		return b
	if b >= 0xE0:
		return b - 256
	if b <= 0x8F:
		return _get_map(b & 15, depth)
	if b <= 0x9F:
		return _get_array(b & 15, depth)
	if b <= 0xBF:
		return _get_text(b & 31)
	match b:
		0xC0:
			return null
		0xC2:
			return false
		0xC3:
			return true
		0xC4, 0xC5, 0xC6:
			return _get_bytes(_get_unsigned(1 << (b - 0xC4)))
		0xC7, 0xC8, 0xC9:
			_get_bytes(_get_unsigned(1 << (b - 0xC7)) + 1)
			return null
		0xCA, 0xCB:
			return _get_float(4 << (b - 0xCA))
		0xCC, 0xCD, 0xCE, 0xCF:
			return _get_unsigned(1 << (b - 0xCC))
		0xD0, 0xD1, 0xD2, 0xD3:
			return _get_signed(1 << (b - 0xD0))
		0xD4, 0xD5, 0xD6, 0xD7, 0xD8:
			_get_bytes((1 << (b - 0xD4)) + 1)
			return null
		0xD9, 0xDA, 0xDB:
			return _get_text(_get_unsigned(1 << (b - 0xD9)))
		0xDC, 0xDD:
			return _get_array(_get_unsigned(2 << (b - 0xDC)), depth)
		0xDE, 0xDF:
			return _get_map(_get_unsigned(2 << (b - 0xDE)), depth)
	error = "the byte 0x%02X begins no value" % b
	return null


func _get_unsigned(width: int) -> int:
	if not _has(width):
		return 0
	match width:
		1:
			return _in.get_u8()
		2:
			return _in.get_u16()
		4:
			return _in.get_u32()
	# Above 2^63 it wraps to a negative number: GDScript has no larger integer.
	return _in.get_64()


func _get_signed(width: int) -> int:
	var value := _get_unsigned(width)
	if width < 8 and value >= 1 << (8 * width - 1):
		value -= 1 << (8 * width)
	return value


func _get_float(width: int) -> float:
	if not _has(width):
		return 0.0
	return _in.get_float() if width == 4 else _in.get_double()


func _get_bytes(n: int) -> PackedByteArray:
	if not _has(n) or n == 0:
		return PackedByteArray()
	var got: Array = _in.get_data(n)
	return got[1]


func _get_text(n: int) -> String:
	return _get_bytes(n).get_string_from_utf8()


func _get_array(n: int, depth: int) -> Array:
	var out := []
	if not _may_hold(n, depth):
		return out
	for i in n:
		out.append(_read(depth + 1))
		if error:
			break
	return out


func _get_map(n: int, depth: int) -> Dictionary:
	var out := {}
	if not _may_hold(2 * n, depth):
		return out
	for i in n:
		var key: Variant = _read(depth + 1)
		if error:
			break
		out[key] = _read(depth + 1)
		if error:
			break
	return out


## Before anything is allocated for them: can [param n] more values follow, and may they lie this deep?
func _may_hold(n: int, depth: int) -> bool:
	if depth >= MAX_DEPTH:
		error = "it is nested deeper than %d" % MAX_DEPTH
	return _has(n)
