extends RefCounted
## What is known of bundles without a running stream: what a daemon listed last, and the schema that an object keeps with itself.

## Name of a bundle to what the daemon's list says of it (PROTOCOL.md, the reply `bundles`); of this run, or of an earlier one.
static var bundles := {}


## Take a daemon's list. Bundles that it does not have stay known.
static func take(listed: Array) -> void:
	for found: Dictionary in listed:
		if found.get("error") == null:
			bundles[str(found["name"])] = found


## The conditions of that bundle: of the newest list, else of [param saved] ({"bundle", "conditions"}), which an object has saved.
static func schema(bundle: String, saved: Dictionary) -> Dictionary:
	if bundles.has(bundle):
		return (bundles[bundle] as Dictionary).get("conditions", {})
	return saved.get("conditions", {}) if saved.get("bundle") == bundle else {}


## What an object saves, so that it shows its conditions also on a machine without a daemon: only what the properties need.
static func kept(bundle: String, conditions: Dictionary) -> Dictionary:
	var short := {}
	for condition: String in conditions:
		var entry: Dictionary = conditions[condition]
		short[condition] = {}
		for key: String in ["kind", "range", "options", "default", "unit", "discrete", "size", "figures", "over"]:
			if entry.get(key) != null and not (entry[key] is Array and (entry[key] as Array).is_empty()):
				short[condition][key] = entry[key]
	return {"bundle": bundle, "conditions": short}


## The property [param bundle] as a list to choose from, which takes other names too.
static func as_choice(property: Dictionary, of_object: String) -> void:
	var names := PackedStringArray(bundles.keys())
	if of_object and not names.has(of_object):
		names.append(of_object)
	names.sort()
	property["hint"] = PROPERTY_HINT_ENUM_SUGGESTION
	property["hint_string"] = ",".join(names)
