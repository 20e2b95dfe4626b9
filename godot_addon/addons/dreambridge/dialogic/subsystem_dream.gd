extends DialogicSubsystem
## Carries out the directions of timelines by the [DreamDirector] of the running scene, has the options of a choice made ahead, and keeps the
## picture in Dialogic's own saves. Dialogic renamed the methods of a subsystem after Alpha 19: both names are here.

const DreamEvent := preload("event_dream.gd")
const Statement := preload("res://addons/dreambridge/story/statement.gd")
const KEY := "dreambridge"
const MAX_SINCE := 256

## The picture at the beginning of a line, to which Dialogic goes back when it loads, and what was directed after it. Exported: Dialogic saves them.
@export var picture := ""
@export var since := []

## The director of the running scene. Set it if there are several.
var director: DreamDirector:
	get:
		return director if is_instance_valid(director) else DreamDirector.of(get_tree())

var _told := false
var _connected := false
# The director that makes a picture now. When it is freed meanwhile, its answer never comes.
var _saves: DreamDirector
# Another line came meanwhile.
var _again := false
# What the stream told when it was opened, if it refused a picture since: none is asked of it before it opens again.
var _refused := {}
# How often something was loaded: a picture of before does not count then.
var _loads := 0
# Of the choice on screen: index of its event to [index of the option, directions that follow it].
var _offered := {}
# Events whose directions were carried out when their option was taken.
var _done: Array[int] = []


func post_install() -> void:
	_post_install()


func _post_install() -> void:
	if _connected:
		return
	_connected = true
	dialogic.event_handled.connect(_on_event)
	dialogic.timeline_started.connect(func() -> void: _done.clear())
	if dialogic.has_subsystem("Inputs"):
		dialogic.Inputs.dialogic_action.connect(_on_action)
	if dialogic.has_subsystem("Choices"):
		dialogic.Choices.question_shown.connect(_on_question)
		dialogic.Choices.choice_selected.connect(_on_chosen)


## [code]await[/code]: until the direction is carried out. A wait ends when the player clicks, and while Dialogic skips automatically.
func carry_out(direction: String) -> void:
	var takes := director
	if takes == null:
		if not _told:
			push_warning("Dreambridge: there is no DreamDirector in the scene. The story goes on without its picture.")
		_told = true
		return
	var at: int = dialogic.current_event_idx
	if at in _done:
		_done.erase(at)
		while is_instance_valid(director) and director._choosing > 0:
			await get_tree().process_frame
		return
	takes.skipping = _skips()
	var filled := _filled(direction)
	_note(filled)
	await takes.tell(filled)


## A wait is over when the game is loaded.
func _note(direction: String) -> void:
	if Statement.parse(direction).get("do", "wait") != "wait":
		since = (since + [direction]).slice(-MAX_SINCE)


func _filled(direction: String) -> String:
	return str(dialogic.VAR.parse_variables(direction)) if dialogic.has_subsystem("VAR") else direction


func _skips() -> bool:
	return dialogic.has_subsystem("Inputs") and dialogic.Inputs.auto_skip.enabled


func _process(_delta: float) -> void:
	if is_instance_valid(director):
		director.skipping = _skips()


func _on_action() -> void:
	if is_instance_valid(director):
		director.skip()


# -- choices ----------------------------------------------------------------------------------------------------------------

func _on_question(info: Dictionary) -> void:
	_offered = {}
	var tags: Array = []
	for choice: Dictionary in info["choices"]:
		if choice.get("disabled", false):
			continue
		var begins: Array[String] = []
		var at: int = choice["event_index"] + 1
		while at < dialogic.current_timeline_events.size() and dialogic.current_timeline_events[at] is DreamEvent:
			begins.append("dream: " + _filled(str(dialogic.current_timeline_events[at].get("direction"))))
			at += 1
		_offered[choice["event_index"]] = [tags.size(), begins]
		tags.append(begins)
	if is_instance_valid(director):
		director.offer(tags)


func _on_chosen(info: Dictionary) -> void:
	var event: int = info["event_index"]
	if not is_instance_valid(director) or not _offered.has(event):
		return
	var offered: Array = _offered[event]
	var begins: Array = offered[1]
	_offered = {}
	_done.assign(range(event + 1, event + 1 + begins.size()))
	for tag: String in begins:
		_note(Statement.direction_in(tag).strip_edges())
	director.choose(offered[0] as int)


# -- saves ------------------------------------------------------------------------------------------------------------------

## A line or a choice begins: that is where a save of Dialogic goes back to.
func _on_event(event: DialogicEvent) -> void:
	if (event is DialogicTextEvent or event is DialogicChoiceEvent) and not _skips():
		_again = true
		_take_picture()


func _take_picture() -> void:
	while _again and not is_instance_valid(_saves) and is_instance_valid(director) and director.is_ready_to_send():
		if is_same(director.stream.info, _refused):
			return
		_again = false
		_saves = director
		var opened := _saves.stream.info
		var loads := _loads
		var told := since.size()
		var slot := await _saves.save()
		if slot.is_empty() and _saves.is_ready_to_send() and is_same(_saves.stream.info, opened):
			# Such as a state that is too large: it would be at each line, and each time be told.
			_refused = opened
		_saves = null
		if slot and loads == _loads:
			picture = slot
			since = since.slice(told)


func save_game_state() -> void:
	(dialogic.get("current_state_info") as Dictionary)[KEY] = {"picture": picture, "since": since}


func load_game_state(load_flag := LoadFlags.FULL_LOAD) -> void:
	var saved: Dictionary = (dialogic.get("current_state_info") as Dictionary).get(KEY, {})
	picture = str(saved.get("picture", ""))
	since = saved.get("since", []) as Array
	_load_state(load_flag)


func _load_state(load_flag := LoadFlags.FULL_LOAD) -> void:
	if load_flag == LoadFlags.ONLY_DNODES:
		return
	_loads += 1
	_offered = {}
	_done.clear()
	if not is_instance_valid(director):
		return
	if picture:
		_restore()
	# These, and those that the timeline tells meanwhile, wait for it.
	for direction: String in since:
		director.tell(direction)


func _restore() -> void:
	var loaded := await director.restore(picture)
	if loaded["reason"]:
		push_warning("Dreambridge: %s" % loaded["reason"])
