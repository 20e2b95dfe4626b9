extends SceneTree
## The daemon DAEMON sends COUNT numbered messages at once. What the main thread handles of them in each tick.

const Channel := preload("res://addons/dreambridge/transport/channel.gd")

var channel := Channel.new()
var count := OS.get_environment("COUNT").to_int()
var out := {"handled": 0, "most_in_a_tick": 0, "in_order": true, "waiting": 0, "without_time": []}


func _initialize() -> void:
	channel.start(OS.get_environment("DAEMON"))
	run()


func run() -> void:
	await process_frame
	# As long as a level loads, the thread reads on; until no more comes.
	var before := -1
	while channel._inbox.is_empty() or channel._inbox.size() != before:
		before = channel._inbox.size()
		OS.delay_msec(500)
	out["waiting"] = before
	var budget := channel.budget_us
	channel.budget_us = 0
	for i in 3:
		out["without_time"].append(tick())
	channel.budget_us = budget
	while out["handled"] < count:
		out["most_in_a_tick"] = maxi(out["most_in_a_tick"], tick())
		await process_frame
	channel.stop()
	print(JSON.stringify(out))
	quit()


## Returns how many messages it handled.
func tick() -> int:
	var handled := 0
	channel.begin_tick()
	var m := channel.next_event()
	while m:
		handled += 1
		if m["type"] == "_live":
			channel.know(int(str(m["connection"])))
		else:
			out["in_order"] = out["in_order"] and m["number"] == out["handled"]
			out["handled"] += 1
		m = channel.next_event()
	return handled
