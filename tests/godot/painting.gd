extends RefCounted
## What the tests of the view share.


## Until a frame is shown that was painted over what the world is like from the next tick on; some pictures may be on their way.
static func of_now(tree: SceneTree, stream: DreamStream) -> void:
	await tree.process_frame
	var changed := Time.get_ticks_usec() / 1e6
	while stream.frame_view == 0 or stream._session.reader.view_time < changed:
		await tree.process_frame
