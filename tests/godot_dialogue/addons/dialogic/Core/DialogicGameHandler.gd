class_name DialogicGameHandler
extends Node
## The autoload Dialogic.

signal state_changed(new_state: States)
signal dialogic_paused
signal dialogic_resumed
signal timeline_started
signal timeline_ended
signal event_handled(resource: DialogicEvent)

enum States {IDLE, REVEALING_TEXT, ANIMATING, AWAITING_CHOICE, WAITING}
enum ClearFlags {FULL_CLEAR = 0, KEEP_VARIABLES = 1, TIMELINE_INFO_ONLY = 2}

const ADDITIONS := "res://addons/dialogic_additions"
const MODULES := "res://addons/dialogic/Modules"

var current_timeline: DialogicTimeline = null
var current_timeline_events: Array = []
var current_event_idx := 0
var current_state := States.IDLE:
	set(value):
		current_state = value
		state_changed.emit(value)
var paused := false:
	set(value):
		paused = value
		if paused:
			dialogic_paused.emit()
		else:
			dialogic_resumed.emit()
var events: Array[DialogicEvent] = []

var Inputs: Node:
	get: return get_subsystem("Inputs")
var Choices: Node:
	get: return get_subsystem("Choices")
var Text: Node:
	get: return get_subsystem("Text")
var VAR: Node:
	get: return get_subsystem("VAR")

var _previous: DialogicEvent


func _ready() -> void:
	for indexer in _indexers():
		for found: Dictionary in indexer._get_subsystems():
			add_subsystem(str(found["name"]), str(found["script"]))
		for path: String in indexer._get_events():
			events.append((load(path) as GDScript).new())
	for subsystem in get_children():
		(subsystem as DialogicSubsystem)._post_install()
	clear()


## Those of the modules, and those of the project's folder of additions.
static func _indexers() -> Array[DialogicIndexer]:
	var found: Array[DialogicIndexer] = [(load(MODULES.path_join("index.gd")) as GDScript).new()]
	for folder in DirAccess.get_directories_at(ADDITIONS):
		found.append((load(ADDITIONS.path_join(folder).path_join("index.gd")) as GDScript).new())
	return found


func has_subsystem(subsystem_name: String) -> bool:
	return has_node(subsystem_name)


func get_subsystem(subsystem_name: String) -> DialogicSubsystem:
	return get_node(subsystem_name)


func add_subsystem(subsystem_name: String, script_path: String) -> DialogicSubsystem:
	var node := Node.new()
	node.name = subsystem_name
	node.set_script(load(script_path))
	var subsystem := node as DialogicSubsystem
	subsystem.dialogic = self
	add_child(node)
	return subsystem


func start(timeline: Variant, label_or_idx: Variant = "") -> Node:
	clear(ClearFlags.KEEP_VARIABLES)
	start_timeline(timeline, label_or_idx)
	return null


func start_timeline(timeline: Variant, label_or_idx: Variant = "") -> void:
	current_timeline = (load(str(timeline)) if timeline is String else timeline) as DialogicTimeline
	current_timeline.process()
	current_timeline_events = current_timeline.events
	for event: DialogicEvent in current_timeline_events:
		event.dialogic = self
	current_event_idx = -1
	if label_or_idx is int and label_or_idx > -1:
		current_event_idx = label_or_idx - 1
	timeline_started.emit()
	handle_next_event()


func end_timeline(_skip_ending := false) -> void:
	clear(ClearFlags.TIMELINE_INFO_ONLY)
	timeline_ended.emit()


func handle_next_event(_ignored: Variant = "") -> void:
	handle_event(current_event_idx + 1)


func handle_event(event_index: int) -> void:
	if current_timeline == null:
		return
	_clean_previous()
	if paused:
		await dialogic_resumed
	if event_index >= current_timeline_events.size():
		end_timeline()
		return
	current_event_idx = event_index
	_previous = current_timeline_events[event_index]
	_previous.event_finished.connect(handle_next_event)
	_previous.execute(self)
	event_handled.emit(current_timeline_events[event_index])


func clear(clear_flags := ClearFlags.FULL_CLEAR) -> void:
	_clean_previous()
	if not clear_flags & ClearFlags.TIMELINE_INFO_ONLY:
		for subsystem in get_children():
			(subsystem as DialogicSubsystem)._clear_state(clear_flags)
	current_event_idx = -1
	current_timeline_events = []
	current_state = States.IDLE
	current_timeline = null


func _clean_previous() -> void:
	if _previous:
		if _previous.event_finished.is_connected(handle_next_event):
			_previous.event_finished.disconnect(handle_next_event)
		_previous._clear_state()
	_previous = null


func get_full_state() -> DialogicSaveState:
	var state := DialogicSaveState.new()
	if current_timeline:
		state.event_index = current_event_idx
		state.timeline = current_timeline.resource_path
	for subsystem in get_children():
		state.subsystems[str(subsystem.name)] = (subsystem as DialogicSubsystem).get_state()
	return state


func load_full_state(state: DialogicSaveState) -> void:
	clear()
	for subsystem in get_children():
		if state.subsystems.has(str(subsystem.name)):
			(subsystem as DialogicSubsystem).unpack_state(state.subsystems[str(subsystem.name)])
	await get_tree().process_frame
	for subsystem in get_children():
		(subsystem as DialogicSubsystem).load_state()
	if state.timeline:
		start_timeline(state.timeline, state.event_index)
