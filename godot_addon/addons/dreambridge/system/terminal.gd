extends RefCounted
## Command lines for messages, which can be pasted into a terminal as they are.

const PLAIN := "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_@%+=:,./-"


## The words as one line; what has a space or a special character in it is quoted.
static func line(words: PackedStringArray) -> String:
	var quoted := PackedStringArray()
	for word in words:
		quoted.append(_quoted(word))
	return " ".join(quoted)


## The line that starts the daemon [param daemon].
static func serve(daemon: String, command: PackedStringArray = ["dreambridge"]) -> String:
	var words := command.duplicate()
	words.append("serve")
	if daemon != "default":
		words.append_array(["--name", daemon])
	return line(words)


## The line that ends a process that does not listen.
static func end(pid: int) -> String:
	return "taskkill /F /PID %d" % pid if OS.get_name() == "Windows" else "kill -9 %d" % pid


static func _quoted(word: String) -> String:
	var plain := word != ""
	for letter in word:
		plain = plain and (letter in PLAIN or (letter == "\\" and OS.get_name() == "Windows"))
	if plain:
		return word
	if OS.get_name() == "Windows":
		return "\"%s\"" % word.replace("\"", "\\\"")
	return "'%s'" % word.replace("'", "'\"'\"'")
