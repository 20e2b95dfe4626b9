extends Node
## Calls [member then] in each tick.

var then := Callable()


func _process(_delta: float) -> void:
	if then.is_valid():
		then.call()
