extends RefCounted
## Counts objects, for tests that nothing is left behind.


## The number of objects, when it stays the same for a third of a second: a freed stream says goodbye in its own thread.
static func settled(tree: SceneTree) -> int:
	var count := -1
	var since := Time.get_ticks_msec()
	while Time.get_ticks_msec() < since + 333:
		await tree.process_frame
		var now := int(Performance.get_monitor(Performance.OBJECT_COUNT))
		if now != count:
			count = now
			since = Time.get_ticks_msec()
	return count
