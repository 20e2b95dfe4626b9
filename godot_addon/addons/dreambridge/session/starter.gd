extends RefCounted
## Whose daemon a stream uses: one that somebody started, or the game's own, which is started here, and again when it dies. Says
## once why none answers.

const OwnDaemon := preload("../system/own_daemon.gd")
const ConnectionFile := preload("../system/connection_file.gd")
const NoDaemon := preload("../system/no_daemon.gd")
const Terminal := preload("../system/terminal.gd")
const Question := preload("../system/question.gd")
const SEARCH_TIMEOUT_MS := 2500
const ANSWER_TIMEOUT_MS := 6000
const START_TIMEOUT_MS := 15000
# A file is looked for so often.
const LOOK_MS := 100
const MAX_RESTARTS := 3
const RESTART_MS := 2000
# A daemon that ran for so long was a good one: its end is not counted with those before.
const LASTING_MS := 60000

## Name of the daemon to look for.
var daemon := ""
## Was it said that no daemon answers?
var told := false
## What this platform has; tests put another one in its place.
var has_feature := Callable(OS.has_feature)

var _asked := ""
# How the daemon is started: empty when it is not ours to start.
var _command := PackedStringArray()
var _since := 0
var _restarts := 0
var _started := 0
var _looked := -LOOK_MS
var _comes := false
# To the Python that could not start the daemon: why not? Null before it is asked.
var _question: Question


## Begin to look for the daemon [param named]. [param program] is a Python with dreambridge, or the command dreambridge itself.
func begin(named: String, program: String) -> void:
	_asked = named
	daemon = named
	told = false
	_since = Time.get_ticks_msec()
	_command = []
	_restarts = 0
	end()
	if is_impossible():
		return
	var packaged := OwnDaemon.launcher()
	if packaged:
		_command = [packaged]
	elif program:
		_command = OwnDaemon.with_program(program)
	# A daemon of that name that somebody started is joined, and that of the editor that plays this game; one that is started here has a
	# name of this game's own.
	if not packaged and not ConnectionFile.read(named).is_empty():
		return
	var of_the_editor := "" if packaged else OwnDaemon.of_the_editor(named)
	if of_the_editor:
		daemon = of_the_editor
	elif _command:
		daemon = OwnDaemon.private_name(named)
		_start()


## Can no daemon run here at all?
func is_impossible() -> bool:
	return NoDaemon.is_impossible(has_feature)


## The stream was stopped: nobody wants to know any more.
func end() -> void:
	if _question:
		_question.cancel()
		_question = null


## Has no daemon answered yet, and may one do so: is there a daemon's file, or does the game's own daemon start?
func is_coming() -> bool:
	if not told and Time.get_ticks_msec() - _looked > LOOK_MS:
		_looked = Time.get_ticks_msec()
		_comes = OwnDaemon.runs(daemon) or not ConnectionFile.read(daemon).is_empty()
	return not told and _comes


## While no daemon has answered: [code, message, hint], once; else empty.
func trouble() -> PackedStringArray:
	if told:
		return []
	var waited := Time.get_ticks_msec() - _since
	var found := ConnectionFile.read(daemon)
	var ours := OwnDaemon.runs(daemon)
	if waited < (START_TIMEOUT_MS if ours else ANSWER_TIMEOUT_MS if found else SEARCH_TIMEOUT_MS):
		return []
	if not found and not ours and _command.size() > 1 and Question.can_ask():
		return _why_not()
	told = true
	if found:
		return NoDaemon.silent(daemon, found)
	if ours:
		return ["timeout", "The daemon that %s started is not ready after %.0f s." % [_command[0], waited / 1000.0], _try_by_hand()]
	if _command.size() == 1:
		return ["not_running", "The daemon %s could not be started." % _command[0], _try_by_hand()]
	if _command:
		return _could_not("", "")
	return NoDaemon.missing(daemon)


# Ask the Python that could not start the daemon; then say what it found.
func _why_not() -> PackedStringArray:
	if _question == null:
		_question = Question.new()
		_question.ask([_command[0]], true)
	_question.poll()
	if not _question.answered:
		return []
	told = true
	var why := Question.trouble(_command[0], _question.answer)
	_question = null
	return _could_not(why[0], why[1])


func _could_not(why: String, way_out: String) -> PackedStringArray:
	var hint := way_out if way_out else "Press Check in Project Settings > Dreambridge, or choose another Python there. " + _try_by_hand()
	return ["not_running", why if why else "%s could not start the daemon." % _command[0], hint]


## Restart the daemon that this game started; nobody else would. Not when it ends again and again: then [method gives_up].
func start_again() -> void:
	if _command.is_empty() and ConnectionFile.read(daemon).is_empty():
		daemon = _asked  # the editor's own daemon has ended
	if gives_up() or not _is_due():
		return
	_restarts += 1
	daemon = OwnDaemon.private_name(_asked)  # it may have been somebody else's
	_start()


## Has the daemon that this game started ended again and again?
func gives_up() -> bool:
	return _is_due() and _restarts >= MAX_RESTARTS


## [code, message, hint] when it [method gives_up].
func ended() -> PackedStringArray:
	var message := "The daemon that this game started has ended %d times in a row." % (_restarts + 1)
	return ["daemon_gone", message, "Call start() to try again. " + _try_by_hand()]


## Is it time to start the daemon, which has ended?
func _is_due() -> bool:
	var lived := Time.get_ticks_msec() - _started
	if not _command or lived < RESTART_MS or OwnDaemon.runs(daemon) or not ConnectionFile.read(daemon).is_empty():
		return false
	if lived > LASTING_MS:
		_restarts = 0
	return true


func _try_by_hand() -> String:
	return "Run it in a terminal to see why: %s" % Terminal.serve(daemon, _command)


func _start() -> void:
	_started = Time.get_ticks_msec()
	OwnDaemon.start(_command, daemon)
