extends RefCounted
## The conditions of a bundle as properties of an object: how each is shown, edited, saved and reverted. Knows schemas (BUNDLE.md) and
## values, no stream.
##
## A property [code]conditions/NAME[/code] is there for each condition of the schema, and for each value that the schema does not know.
## One that is unset shows the bundle's default, has an empty check box, and is not saved.

const Messages := preload("../protocol/messages.gd")
const PREFIX := "conditions/"
const SET := PROPERTY_USAGE_DEFAULT | PROPERTY_USAGE_CHECKABLE | PROPERTY_USAGE_CHECKED
const UNSET := PROPERTY_USAGE_EDITOR | PROPERTY_USAGE_CHECKABLE
const MAX_STEP := 0.01


## For [code]_get_property_list[/code]: the conditions of [param schema], then the values that it does not know.
static func list(schema: Dictionary, values: Dictionary) -> Array[Dictionary]:
	var found: Array[Dictionary] = []
	if schema or values:
		found.append({"name": "Conditions", "type": TYPE_NIL, "usage": PROPERTY_USAGE_GROUP, "hint_string": PREFIX})
	for condition: String in schema:
		var entry: Dictionary = schema[condition]
		# Sound has 17 numbers for each frame: a DreamAudio sends it.
		if entry.get("kind") != "audio" or values.has(condition):
			found.append(described(condition, entry, values))
	var rest := unknown(schema, values)
	if rest and schema:
		found.append({"name": "Not in this bundle", "type": TYPE_NIL, "usage": PROPERTY_USAGE_SUBGROUP, "hint_string": PREFIX})
	for condition in rest:
		found.append(described(condition, {}, values))
	return found


## The names among [param values] that [param schema] does not have.
static func unknown(schema: Dictionary, values: Dictionary) -> PackedStringArray:
	var rest := PackedStringArray()
	for condition: Variant in values:
		if not schema.has(condition):
			rest.append(str(condition))
	return rest


## One property, by the [param entry] of its condition in the schema.
static func described(condition: String, entry: Dictionary, values: Dictionary) -> Dictionary:
	var is_set := values.has(condition)
	var property := {"name": PREFIX + condition, "usage": SET if is_set else UNSET}
	property.merge(_shape(entry))
	if is_set and not _fits(property, values[condition]):
		# What the game gave it, such as the weights of a choice.
		property.merge({"type": typeof(values[condition]), "hint": PROPERTY_HINT_NONE, "hint_string": ""}, true)
	if entry.get("kind") in Messages.MOMENTARY_KINDS:
		property["usage"] = PROPERTY_USAGE_EDITOR  # it passes: there is nothing to save
	return property


## The value of an unset condition, as its property shows it.
static func default_of(entry: Dictionary) -> Variant:
	match entry.get("kind"):
		"number":
			var least: float = _range(entry)[0] if _range(entry) else 0.0
			var number: float = entry["default"] if entry.get("default") != null else maxf(0.0, least)
			if entry.get("discrete", false):
				return int(number)
			return number
		"choice":
			return str(entry["default"]) if entry.get("default") != null else str(_options(entry)[0]) if _options(entry) else ""
		"vector", "delta", "per_frame":
			return _vector(entry)
		"event":
			if not _options(entry):
				return 0.0
			return ""
		"text":
			return ""
		"pose":
			return NodePath()
	return null


## What a property that was set to [param value] holds. The inspector's check box sets 0 or "", which may be no value of the condition.
static func cleaned(entry: Dictionary, value: Variant) -> Variant:
	match entry.get("kind"):
		"number":
			if (value is float or value is int) and _range(entry) and value == 0 and not (_range(entry)[0] <= 0 and _range(entry)[1] >= 0):
				return default_of(entry)
		"choice":
			if (value is String or value is StringName) and str(value) == "":
				return default_of(entry)
		"pose":
			if value is NodePath and (value as NodePath).is_empty():
				return null
	return value


## Values as the daemon takes them: a Color for a vector of 3, a bool for a number, an empty text as unset. Nothing else is changed:
## what is wrong the daemon refuses, with its reason.
static func to_send(schema: Dictionary, values: Dictionary) -> Dictionary:
	var out := values.duplicate()
	for condition: Variant in values:
		var entry: Dictionary = schema.get(condition, {})
		var value: Variant = values[condition]
		match entry.get("kind"):
			"vector", "delta", "per_frame":
				if value is Color and entry.get("size") == 3:
					var colour: Color = value
					out[condition] = [colour.r, colour.g, colour.b]
			"number":
				if value is bool:
					out[condition] = 1.0 if value else 0.0
			"text", "event":
				if (value is String or value is StringName) and str(value).strip_edges() == "":
					out[condition] = null
			"image":
				if value is Object and not is_instance_valid(value):
					out[condition] = null
	return out


static func _shape(entry: Dictionary) -> Dictionary:
	match entry.get("kind"):
		"number":
			return _number(entry)
		"choice":
			return _enum(_options(entry))
		"text":
			return {"type": TYPE_STRING, "hint": PROPERTY_HINT_MULTILINE_TEXT, "hint_string": ""}
		"vector", "delta", "per_frame":
			return {"type": typeof(_vector(entry)), "hint": PROPERTY_HINT_NONE, "hint_string": ""}
		"image":
			return {"type": TYPE_OBJECT, "hint": PROPERTY_HINT_RESOURCE_TYPE, "hint_string": "Texture2D,Image"}
		"pose":
			return {"type": TYPE_NODE_PATH, "hint": PROPERTY_HINT_NODE_PATH_VALID_TYPES, "hint_string": "DreamPose"}
		"event":
			return _enum([""] + _options(entry)) if _options(entry) else {"type": TYPE_FLOAT, "hint": PROPERTY_HINT_RANGE, "hint_string": "0,1,0.01"}
		"audio":
			return {"type": TYPE_PACKED_FLOAT32_ARRAY, "hint": PROPERTY_HINT_NONE, "hint_string": ""}
	return {"type": TYPE_NIL, "hint": PROPERTY_HINT_NONE, "hint_string": ""}


static func _number(entry: Dictionary) -> Dictionary:
	var discrete: bool = entry.get("discrete", false)
	var limits := _range(entry)
	var words := PackedStringArray()
	if limits:
		var span := limits[1] - limits[0]
		var step := 1.0 if discrete else minf(MAX_STEP, pow(10.0, floorf(log(maxf(span, 1e-6) / 100.0) / log(10.0))))
		words = [String.num(limits[0]), String.num(limits[1]), String.num(step)]
	if entry.get("unit"):
		words.append("suffix:" + str(entry["unit"]).replace(",", " "))
	var hint := PROPERTY_HINT_RANGE if limits else PROPERTY_HINT_NONE
	return {"type": TYPE_INT if discrete else TYPE_FLOAT, "hint": hint, "hint_string": ",".join(words)}


static func _enum(options: Array) -> Dictionary:
	# A comma or colon in an option would split it.
	var plain := options.all(func(option: Variant) -> bool: return not str(option).contains(",") and not str(option).contains(":"))
	return {"type": TYPE_STRING, "hint": PROPERTY_HINT_ENUM if plain else PROPERTY_HINT_NONE, "hint_string": ",".join(PackedStringArray(options)) if plain else ""}


static func _vector(entry: Dictionary) -> Variant:
	var size: int = entry.get("size", 0)
	var given: Variant = entry.get("default")
	var numbers := PackedFloat32Array()
	for k in size:
		numbers.append(given[k] if given is Array else given if given is float or given is int else 0.0)
	match size:
		2:
			return Vector2(numbers[0], numbers[1])
		3:
			return Vector3(numbers[0], numbers[1], numbers[2])
	return numbers


static func _range(entry: Dictionary) -> PackedFloat64Array:
	var limits: Variant = entry.get("range")
	return PackedFloat64Array(limits as Array) if limits is Array and (limits as Array).size() == 2 else PackedFloat64Array()


static func _options(entry: Dictionary) -> Array:
	var options: Variant = entry.get("options")
	return options if options is Array else []


static func _fits(property: Dictionary, value: Variant) -> bool:
	match property["type"]:
		TYPE_FLOAT, TYPE_INT:
			return value is float or value is int
		TYPE_STRING:
			return value is String or value is StringName
		TYPE_NIL:
			return value == null
		TYPE_OBJECT:
			return value is Texture2D or value is Image
	return typeof(value) == property["type"]
