extends RefCounted
## Whole numbers among the variables of a story. JSON knows only floats, in which 3 becomes 3.0.


## Which of it are whole numbers: true for one, a dictionary of those inside for an Array or Dictionary; null: none.
static func of(value: Variant) -> Variant:
	if value is int:
		return true
	var found := {}
	if value is Dictionary:
		for key: Variant in value:
			var inside: Variant = of((value as Dictionary)[key])
			if inside != null:
				found[str(key)] = inside
	elif value is Array:
		for index in (value as Array).size():
			var inside: Variant = of((value as Array)[index])
			if inside != null:
				found[str(index)] = inside
	if found.is_empty():
		return null
	return found


## The value with these as whole numbers again. What does not fit, as in a file that somebody has edited, stays as it is.
static func again(value: Variant, which: Variant) -> Variant:
	if which is bool and value is float:
		return int(value as float)
	if not which is Dictionary:
		return value
	if value is Dictionary:
		var out := {}
		for key: Variant in value:
			out[key] = again((value as Dictionary)[key], (which as Dictionary).get(str(key)))
		return out
	if value is Array:
		var list: Array = (value as Array).duplicate()
		for index in list.size():
			list[index] = again(list[index], (which as Dictionary).get(str(index)))
		return list
	return value
