@tool
extends RefCounted
## What all checks in the editor share: the addon's parts, waiting, and what this process holds of a daemon.

const Dock := preload("res://addons/dreambridge/editor/dock/dock.gd")
const Preview := preload("res://addons/dreambridge/editor/preview.gd")
const Played := preload("played.gd")
const TIMEOUT_MS := 40000

var tree: SceneTree
var got := {}

var _dock: Dock


## To be overridden.
@warning_ignore("redundant_await")
func run() -> void:
	await ticks(1)


func dock() -> Dock:
	if is_instance_valid(_dock):
		return _dock
	var found := EditorInterface.get_base_control().find_children("Dreambridge", "VBoxContainer", true, false)
	_dock = found[0] if found else null
	return _dock


func ticks(count: int) -> void:
	for k in count:
		await tree.process_frame


func until(what: Callable) -> bool:
	var end := Time.get_ticks_msec() + TIMEOUT_MS
	while not what.call() and Time.get_ticks_msec() < end:
		await tree.process_frame
	if not what.call():
		print("waited in vain: ", get_stack())
		return false
	return true


## A picture of the whole editor.
func shot(title: String) -> void:
	if not OS.has_environment("SHOTS"):
		return
	await RenderingServer.frame_post_draw
	EditorInterface.get_base_control().get_viewport().get_texture().get_image().save_png(OS.get_environment("SHOTS").path_join(title + ".png"))


func open(path: String) -> Node:
	EditorInterface.open_scene_from_path(path)
	await until(func() -> bool: return EditorInterface.get_edited_scene_root() != null and EditorInterface.get_edited_scene_root().scene_file_path == path)
	await ticks(3)
	return EditorInterface.get_edited_scene_root()


func show_dock(on: bool) -> void:
	var page: Control = dock()
	while not page.get_parent() is TabContainer:
		page = page.get_parent_control()
	var tabs: TabContainer = page.get_parent()
	tabs.current_tab = tabs.get_tab_idx_from_control(page) if on else (tabs.get_tab_idx_from_control(page) + 1) % tabs.get_tab_count()
	got["tabs"] = tabs.get_tab_count()
	await ticks(3)


func preview() -> Preview:
	return dock()._preview


## A game with the script played.gd that the editor plays by [param play], beside the stream in the editor, and stops again.
func played(stream: DreamStream, play: Callable) -> Dictionary:
	# Its window in the editor needs a window manager.
	EditorInterface.get_editor_settings().set_setting("run/window_placement/game_embed_mode", -1)
	DirAccess.remove_absolute(Played.PATH)
	play.call()
	var told := {"came": await until(func() -> bool: return FileAccess.file_exists(Played.PATH))}
	if told["came"]:
		told.merge(JSON.parse_string(FileAccess.get_file_as_string(Played.PATH)) as Dictionary)
	told["playing"] = EditorInterface.is_playing_scene()
	told["same_daemon"] = told.get("epoch", 0.0) == float(stream.info["epoch"] as int) and told.get("session") != float(stream.info["session"] as int)
	told["rings"] = [rings_of(stream)]
	EditorInterface.stop_playing_scene()
	var process := "/proc/%d/exe" % int(told.get("pid", 0.0) as float)
	told["ended"] = await until(func() -> bool: return not EditorInterface.is_playing_scene() and not FileAccess.file_exists(process))
	var seen := stream.frame_index
	told["plays_on"] = await until(func() -> bool: return stream.frame_index > seen + 3)
	await until(func() -> bool: return rings_of(stream) == 1)
	(told["rings"] as Array).append(rings_of(stream))
	return told


## Rings of the daemon that the stream has.
static func rings_of(stream: DreamStream) -> int:
	var path: String = stream.info["ring"]
	var head := "-%d-" % stream.info["epoch"]
	return Array(DirAccess.get_files_at(path.get_base_dir())).filter(func(file: String) -> bool: return file.contains(head)).size()


## Objects that nobody frees: after [method held].
static func orphans() -> int:
	return int(Performance.get_monitor(Performance.OBJECT_ORPHAN_NODE_COUNT))


## What this process holds: rings that are open, sockets, processes of the addon's that work in each tick.
func held() -> Dictionary:
	var rings := 0
	var sockets := 0
	var links := DirAccess.open("/proc/self/fd")
	for file in links.get_files():
		var target := links.read_link(file)
		rings += int(target.contains(".ring"))
		sockets += int(target.begins_with("socket:"))
	return {"rings": rings, "sockets": sockets, "callbacks": callbacks(), "threads": threads()}


static func threads() -> int:
	return DirAccess.get_directories_at("/proc/self/task").size()


## Nodes of the addon that work in each tick, timers that run, and what of it is connected to the tree's tick.
func callbacks() -> int:
	var count := 0
	for connection: Dictionary in tree.process_frame.get_connections():
		var called: Callable = connection["callable"]
		count += int(called.is_valid() and _is_ours(called.get_object()))
	return count + _working(tree.root, dock())


func _working(node: Node, whole: Dock) -> int:
	var works := node.is_processing() or node.is_physics_processing()
	if whole and whole.is_ancestor_of(node) and node is Timer:
		works = not (node as Timer).is_stopped()
	var count := int(works and (_is_ours(node) or node is Timer and whole and whole.is_ancestor_of(node)))
	for child in node.get_children(true):
		count += _working(child, whole)
	return count


func _is_ours(thing: Object) -> bool:
	var script: Script = thing.get_script() if is_instance_valid(thing) else null
	return script != null and script.resource_path.begins_with("res://addons/dreambridge")


## What is there when it has not changed for a second: goodbyes and ends of threads take a while.
func left() -> Dictionary:
	var found := {}
	var since := Time.get_ticks_msec()
	while Time.get_ticks_msec() < since + 1000 and since < Time.get_ticks_msec() + TIMEOUT_MS:
		await ticks(10)
		var now := held()
		now["orphans"] = orphans()
		now["files"] = DirAccess.get_files_at("/proc/self/fd").size()
		if now != found:
			found = now
			since = Time.get_ticks_msec()
	return found
