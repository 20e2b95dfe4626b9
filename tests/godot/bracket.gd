extends RefCounted
## Measures how long the main thread works between two places of a tick: all nodes whose process_priority lies between them.

var times: Array[float] = []

var _begin := Node.new()
var _end := Node.new()
var _at := 0


func _init(root: Node, after: int, before: int) -> void:
	for pair: Array in [[_begin, after, _on_begin], [_end, before, _on_end]]:
		var node: Node = pair[0]
		node.set_script(preload("on_process.gd"))
		node.set(&"then", pair[2])
		node.process_priority = pair[1]
		root.add_child(node)


func end() -> void:
	for node: Node in [_begin, _end]:
		node.set(&"then", Callable())
		node.queue_free()


## The times since the last call, in milliseconds.
func take() -> Array[float]:
	var taken := times
	times = []
	return taken


func _on_begin() -> void:
	_at = Time.get_ticks_usec()


func _on_end() -> void:
	times.append((Time.get_ticks_usec() - _at) / 1000.0)
