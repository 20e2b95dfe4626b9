extends RefCounted
## A ZeroMQ DEALER over TCP: ZMTP 3.0 with the PLAIN mechanism. Never waits; call [method pump] again and again.
##
## Specification: rfc.zeromq.org, 23/ZMTP (framing, greeting) and 24/ZMTP-PLAIN.

enum { CONNECTING, GREETING, WELCOME, READY, LIVE, CLOSED }

const MAX_FRAME := 64 * 1024 * 1024
const MORE := 1
const LONG := 2
const COMMAND := 4
const GREETING_SIZE := 64
const READ_BYTES := 65536

var state := CLOSED
## Why the connection ended: "refused", "wrong_token", "gone", "protocol" or "" while it lives.
var reason := ""
var detail := ""

var _peer := StreamPeerTCP.new()
var _username := ""
var _password := ""
var _in := PackedByteArray()
var _out := PackedByteArray()


## Begin to connect to [param endpoint], "tcp://host:port".
func open(endpoint: String, username: String, password: String) -> void:
	_username = username
	_password = password
	_in.clear()
	_out.clear()
	reason = ""
	detail = ""
	var address := endpoint.trim_prefix("tcp://")
	var colon := address.rfind(":")
	# A fresh peer for every connection: a used one keeps its old status for a while.
	_peer = StreamPeerTCP.new()
	state = CONNECTING
	if _peer.connect_to_host(address.left(colon), address.substr(colon + 1).to_int()) != OK:
		_end("refused", "no connection to %s" % endpoint)


func close() -> void:
	_peer.disconnect_from_host()
	state = CLOSED


## Queue a message of one frame; it goes out with the next [method pump].
func send(message: PackedByteArray) -> void:
	_out.append_array(frame(message, 0))


## Send and receive what can be without waiting. [param on_message] gets each whole message that came in (a PackedByteArray), until
## the time [param until] (usec) at the latest, and one at least. Returns whether more may wait.
func pump(on_message: Callable, until: int) -> bool:
	if state == CLOSED:
		return false
	_peer.poll()
	match _peer.get_status():
		StreamPeerTCP.STATUS_CONNECTING:
			return false
		StreamPeerTCP.STATUS_CONNECTED:
			if state == CONNECTING:
				_peer.set_no_delay(true)
				state = GREETING
				_write(greeting())
		_:
			_end("refused" if state == CONNECTING else "gone", "the daemon closed the connection")
			return false
	var more := _receive(on_message, until)
	_flush()
	return more


## Send what is queued, as far as that can be without waiting.
func flush() -> void:
	if state == LIVE:
		_peer.poll()
		_flush()


## The 64 bytes that open a connection.
static func greeting() -> PackedByteArray:
	var g := PackedByteArray([0xFF, 0, 0, 0, 0, 0, 0, 0, 0, 0x7F, 3, 0])
	g.append_array("PLAIN".to_ascii_buffer())
	g.resize(GREETING_SIZE)
	return g


## One frame with its head; [param flags] of [constant MORE] and [constant COMMAND].
static func frame(body: PackedByteArray, flags: int) -> PackedByteArray:
	var head := StreamPeerBuffer.new()
	head.big_endian = true
	if body.size() > 255:
		head.put_u8(flags | LONG)
		head.put_u64(body.size())
	else:
		head.put_u8(flags)
		head.put_u8(body.size())
	var out := head.data_array
	out.append_array(body)
	return out


static func command(command_name: String, body: PackedByteArray) -> PackedByteArray:
	var out := PackedByteArray([command_name.length()])
	out.append_array(command_name.to_ascii_buffer())
	out.append_array(body)
	return frame(out, COMMAND)


static func plain_hello(username: String, password: String) -> PackedByteArray:
	var body := PackedByteArray()
	for word: String in [username, password]:
		var bytes := word.to_utf8_buffer()
		body.append(bytes.size())
		body.append_array(bytes)
	return command("HELLO", body)


static func initiate() -> PackedByteArray:
	var meta := StreamPeerBuffer.new()
	meta.big_endian = true
	for pair: Array in [["Socket-Type", "DEALER"], ["Identity", ""]]:
		var key: String = pair[0]
		var value: String = pair[1]
		meta.put_u8(key.length())
		meta.put_data(key.to_ascii_buffer())
		meta.put_u32(value.length())
		meta.put_data(value.to_ascii_buffer())
	return command("INITIATE", meta.data_array)


func _end(why: String, text: String) -> void:
	reason = why
	detail = text
	close()


func _write(bytes: PackedByteArray) -> void:
	# Handshake bytes go before messages that were queued meanwhile.
	_peer.put_data(bytes)


func _flush() -> void:
	if state != LIVE or _out.is_empty():
		return
	var result := _peer.put_partial_data(_out)
	if result[0] != OK:
		_end("gone", "the daemon closed the connection")
		return
	var sent: int = result[1]
	_out = _out.slice(sent)


func _receive(on_message: Callable, until: int) -> bool:
	var late := not _in.is_empty() and _next_messages(on_message, until)
	while state != CLOSED and not late:
		var available := mini(_peer.get_available_bytes(), READ_BYTES)
		if available <= 0:
			return false
		var data: Array = _peer.get_data(available)
		var bytes: PackedByteArray = data[1]
		_in.append_array(bytes)
		late = _next_messages(on_message, until) or Time.get_ticks_usec() >= until
	return late


## The whole messages of what was read; true if time was up before the last of them.
func _next_messages(on_message: Callable, until: int) -> bool:
	if state == GREETING:
		if _in.size() < GREETING_SIZE:
			return false
		var theirs := _in.slice(0, GREETING_SIZE)
		_in = _in.slice(GREETING_SIZE)
		if theirs[0] != 0xFF or theirs[9] != 0x7F or theirs[10] < 3 or theirs.slice(12, 17).get_string_from_ascii() != "PLAIN":
			_end("protocol", "the program that listens there is not a Dreambridge daemon")
			return false
		state = WELCOME
		_write(plain_hello(_username, _password))
	var at := 0
	var late := false
	while state != CLOSED and not late and _in.size() - at >= 2:
		var flags := _in[at]
		var head := 9 if flags & LONG else 2
		if _in.size() - at < head:
			break
		var size := _in[at + 1]
		if flags & LONG:
			size = 0
			for k in 8:
				size = size << 8 | _in[at + 1 + k]
		if size < 0 or size > MAX_FRAME:
			_end("protocol", "a frame of %d bytes came; the most is %d" % [size, MAX_FRAME])
			break
		if _in.size() - at < head + size:
			break
		var body := _in.slice(at + head, at + head + size)
		at += head + size
		if flags & COMMAND:
			_command(body)
		elif state == LIVE and not flags & MORE:  # of a message of several frames the last one counts
			on_message.call(body)
			late = Time.get_ticks_usec() >= until
	if at:
		_in = _in.slice(at)
	return late


func _command(body: PackedByteArray) -> void:
	if body.is_empty() or body[0] >= body.size():
		_end("protocol", "a command without a name came")
		return
	var word := body.slice(1, 1 + body[0]).get_string_from_ascii()
	var rest := body.slice(1 + body[0])
	match word:
		"WELCOME":
			if state == WELCOME:
				state = READY
				_write(initiate())
		"READY":
			if state == READY:
				state = LIVE
		"ERROR":
			var text := rest.slice(1).get_string_from_ascii()
			if text.begins_with("400"):
				_end("wrong_token", "the daemon refused the token (ZAP 400)")
			else:
				_end("protocol", "the daemon refused the connection: %s" % text)
		"PING":
			_write(command("PONG", rest.slice(2)))
