class_name KeeperState
extends RefCounted
## What happened in this night: the variables of the story, and the save.

const SAVE := "user://keeper_save.json"
const FORMAT := 1
const DEFAULTS := {"memory": "", "oil": false, "storm": false, "saw_boat": false, "bell": false}

var values: Dictionary = DEFAULTS.duplicate()


## Is the expression true, such as "oil and not storm"? Empty: yes.
func holds(condition: String) -> bool:
	if condition.is_empty():
		return true
	var expression := Expression.new()
	if expression.parse(condition, PackedStringArray(values.keys())) != OK:
		push_error("Keeper: %s: %s" % [condition, expression.get_error_text()])
		return false
	return expression.execute(values.values(), null, true) == true


func put(changes: Dictionary) -> void:
	for named: String in changes:
		if not DEFAULTS.has(named):
			push_error("Keeper: the story has no variable %s." % named)
		else:
			values[named] = changes[named]


static func has_save() -> bool:
	return FileAccess.file_exists(SAVE)


## Write the save: the story, the room with the keeper's place, the look, and the stream as its slot. False if it cannot be written.
func save(room: String, place: float, look: String, dream: String) -> bool:
	# Beside the old one first, so that a full disk does not cost it.
	var file := FileAccess.open(SAVE + ".part", FileAccess.WRITE)
	if file == null:
		return false
	file.store_string(JSON.stringify({"format": FORMAT, "story": values, "room": room, "place": place, "look": look, "dream": dream}, "", false, true))
	var fine := file.get_error() == OK
	file.close()
	return fine and DirAccess.rename_absolute(SAVE + ".part", SAVE) == OK


## What [method save] wrote; empty if there is none, or if it is damaged.
static func read() -> Dictionary:
	var json := JSON.new()
	if not has_save() or json.parse(FileAccess.get_file_as_string(SAVE)) != OK or not json.data is Dictionary:
		return {}
	var saved: Dictionary = json.data
	var whole := saved.get("story") is Dictionary and saved.get("room") is String and saved.get("place") is float
	return saved if whole and saved.get("format") == float(FORMAT) and saved.get("dream") is String else {}


func take(saved: Dictionary) -> void:
	values = DEFAULTS.duplicate()
	var story: Dictionary = saved["story"]
	for named: String in story:
		if DEFAULTS.has(named) and typeof(story[named]) == typeof(DEFAULTS[named]):
			values[named] = story[named]
