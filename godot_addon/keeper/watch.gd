class_name KeeperWatch
extends Node
## The night of the watch: plays story/night.dream.json with its subtitles and its choice. The daemon plays the document. Without one the
## same document is read here, with a still for each shot.

## The cutscene has ended with that shot.
signal over(ending: String)

## The last shots of the document, what they are called and what is said of them.
const ENDINGS := {
	"home": ["Home", "You lit the lamp for somebody that you had seen."],
	"alone": ["The round", "You lit the lamp for whoever was out there."],
	"shore": ["The shore", "You woke them all for one red coat."],
	"vigil": ["The vigil", "You woke them all, and nobody knew for whom."],
	"lost": ["A drawing of the sea", "You saw her, and let the storm pass."],
	"quiet": ["Only weather", "You saw nothing, and did nothing."],
}
## The variables of the story that the cutscene knows.
const KNOWN: Array[String] = ["memory", "oil", "bell", "saw_boat"]
## Shots in which somebody in a red coat walks through the painted world.
const INES_WALKS: Array[String] = ["home", "shore"]
const SUBTITLES := preload("story/subtitles.json")

@export var player: DreamCutscenePlayer

var speech: KeeperSpeech
var hud: KeeperHud
var settings: KeeperSettings
var state: KeeperState
## Does it play?
var playing := false
## The shot that is shown.
var shot := ""

signal _skipped

# A watch that was left does not go on: each has its number.
var _turn := 0
var _texts: Dictionary = SUBTITLES.data


func _ready() -> void:
	player.shot_began.connect(_on_shot)
	player.mark_passed.connect(_on_mark)
	player.choice_offered.connect(_on_choice)
	player.ended.connect(_on_ended)


func _unhandled_input(event: InputEvent) -> void:
	if playing and not speech.visible and event.is_action_pressed(&"keeper_skip"):
		get_viewport().set_input_as_handled()
		skip()


## Play the night with what the state says. Returns when it has begun.
func begin() -> void:
	playing = true
	shot = ""
	var values := {}
	for named in KNOWN:
		values[named] = state.values[named]
	if player.stream.is_hopeless() or not await player.play("", "", 0.0, values):
		if playing:
			_play_without_daemon(values)


func stop() -> void:
	playing = false
	_turn += 1
	_skipped.emit()
	hud.subtitle.text = ""
	if player.status != "ended":
		player.stop()


## To the choice, or to the end.
func skip() -> void:
	_skipped.emit()
	if player.status == "playing":
		player.skip()


func _on_shot(named: String) -> void:
	shot = named
	hud.subtitle.text = ""


func _on_mark(mark: String) -> void:
	var key := "%s.%s" % [shot, mark]
	if mark == "sea" and _texts.has("%s.%s" % [shot, state.values["memory"]]):
		key = "%s.%s" % [shot, state.values["memory"]]
	hud.subtitle.text = str(_texts.get(key, "")) if settings.on(&"subtitles") else ""


func _on_choice(options: Array[Dictionary], _limit: float) -> void:
	hud.subtitle.text = ""
	var turn := _turn
	var taken := await _ask(options)
	if turn == _turn:
		speech.close()
		player.choose(taken)


func _ask(options: Array[Dictionary]) -> String:
	speech.open_question("", "It is your watch.")
	var texts := PackedStringArray(options.map(func(each: Dictionary) -> String: return each["text"]))
	var answer := await speech.ask(texts)
	return str(options[answer]["id"]) if answer < options.size() else ""


func _on_ended() -> void:
	if playing:
		_end(player.shot)


func _end(last: String) -> void:
	shot = last
	playing = false
	hud.subtitle.text = ""
	over.emit(last)


# -- without a daemon ---------------------------------------------------------------------------------------------------

func _play_without_daemon(values: Dictionary) -> void:
	var document := player.cutscene.data()
	var shots: Dictionary = document["shots"]
	var at := str(document["start"])
	var turn := _turn
	while at and turn == _turn:
		_on_shot(at)
		var still := "res://keeper/stills/%s.webp" % at
		if ResourceLoader.exists(still):
			player.stream.texture.show_still(load(still) as Texture2D)
		var here: Dictionary = shots[at]
		await _pass_time(here)
		if turn != _turn:
			return
		var next: Dictionary = here.get("next", {})
		if next.has("choice"):
			var options: Array[Dictionary] = []
			options.assign((next["choice"] as Array).filter(func(option: Dictionary) -> bool: return _holds(option, values)))
			var taken := await _ask(options)
			if turn != _turn:
				return
			speech.close()
			next = options.filter(func(option: Dictionary) -> bool: return option["id"] == taken)[0]["then"]
		elif next.has("branch"):
			next = (next["branch"] as Array).filter(func(way: Dictionary) -> bool: return _holds(way, values))[0]["then"]
		if not next.has("shot"):
			_end(at)
			return
		at = str(next["shot"])


## The time of a shot, with its marks; the player may skip it.
func _pass_time(of_shot: Dictionary) -> void:
	var marks: Dictionary = of_shot.get("marks", {})
	var names := marks.keys()
	names.sort_custom(func(a: String, b: String) -> bool: return marks[a] < marks[b])
	var skipped := [false]
	_skipped.connect(func() -> void: skipped[0] = true, CONNECT_ONE_SHOT)
	var time := 0.0
	while time < (of_shot["length"] as float) and not skipped[0]:
		while names and (marks[names[0]] as float) <= time:
			_on_mark(str(names.pop_front()))
		await get_tree().process_frame
		if not get_tree().paused:
			time += get_process_delta_time()


static func _holds(way: Dictionary, values: Dictionary) -> bool:
	if not way.has("if"):
		return true
	var expression := Expression.new()
	expression.parse(str(way["if"]), PackedStringArray(values.keys()))
	return expression.execute(values.values()) == true
