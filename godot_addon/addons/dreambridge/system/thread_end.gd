extends RefCounted
## Joins threads that were told to end. The main thread does not wait for them: they are joined in the first tick after their end,
## or, if the game quits before, when its tree goes.

static var _ending: Array[Thread] = []


## For a thread that ends by itself soon.
static func join_later(thread: Thread) -> void:
	var tree := Engine.get_main_loop() as SceneTree
	if tree == null or not tree.root.is_inside_tree():
		thread.wait_to_finish()
		return
	if _ending.is_empty():
		tree.process_frame.connect(_join_ended)
		tree.root.tree_exiting.connect(_join_all)
	_ending.append(thread)


static func _join_ended() -> void:
	for thread: Thread in _ending.duplicate():
		if not thread.is_alive():
			_join(thread)


static func _join_all() -> void:
	for thread: Thread in _ending.duplicate():
		_join(thread)


static func _join(thread: Thread) -> void:
	thread.wait_to_finish()
	_ending.erase(thread)
	if _ending.is_empty():
		var tree := Engine.get_main_loop() as SceneTree
		tree.process_frame.disconnect(_join_ended)
		tree.root.tree_exiting.disconnect(_join_all)
