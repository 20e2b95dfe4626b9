extends RefCounted
## A stream in a game's own save, as one text (SAVE.md): written, read, and loaded into a session.

const Session := preload("session.gd")
const Cutscene := preload("cutscene.gd")
const MAX_LENGTH := 64 * 1024 * 1024
const MAJOR := 1
const BYTES := "$bytes"
const ADVICE := "Pass what save_slot() returned, unchanged."
## Errors of a snapshot without which a stream is saved all the same: its model runs on another machine, or its state fits into no message.
const WITHOUT_STATE_CODES: Array[String] = ["not_supported", "too_large"]
const WITHOUT_STATE := "The save has no state of the model: it ran on another machine, or its state is too large for a save."
## What becomes of a load.
const NOT_LOADED := {"loaded": false, "exact": false, "reason": "", "left_out": [], "cutscene": false}


## The text of a slot. [param playing] : the cutscene that plays, or null.
static func text(session: Session, playing: Variant, snapshot: PackedByteArray) -> String:
	var info := session.info
	return JSON.stringify({
		"format": "1.0", "bundle": info["bundle"], "version": info["version"], "digest": info["digest"],
		"seed": session.want.get("seed", info["seed"]), "directions": [{"values": packed(session.effective)}], "cutscene": playing,
		"snapshot": Marshalls.raw_to_base64(snapshot),
	}, "", false, true)


## A value as JSON holds it.
static func packed(value: Variant) -> Variant:
	if value is PackedByteArray:
		return {BYTES: Marshalls.raw_to_base64(value as PackedByteArray)}
	if value is Dictionary:
		var out := {}
		for key: Variant in value:
			out[str(key)] = packed((value as Dictionary)[key])
		return out
	if value is Array:
		return (value as Array).map(packed)
	match typeof(value):
		TYPE_VECTOR2, TYPE_VECTOR2I:
			return [value.x, value.y]
		TYPE_VECTOR3, TYPE_VECTOR3I:
			return [value.x, value.y, value.z]
		TYPE_COLOR:
			return [value.r, value.g, value.b, value.a]
	return value


static func unpacked(value: Variant) -> Variant:
	if value is Array:
		return (value as Array).map(unpacked)
	if not value is Dictionary:
		return value
	var given: Dictionary = value
	if given.keys() == [BYTES]:
		return Marshalls.base64_to_raw(str(given[BYTES]))
	var out := {}
	for key: String in given:
		out[key] = unpacked(given[key])
	return out


## {slot, values, snapshot}, or {wrong: what is wrong with the text}.
static func read(slot: String) -> Dictionary:
	var json := JSON.new()
	if slot.length() > MAX_LENGTH:
		return {"wrong": "The save is damaged: it is too long."}
	if json.parse(slot) != OK or not json.data is Dictionary:
		return {"wrong": "The save is damaged: it is not a JSON object."}
	var saved: Dictionary = json.data
	var major := str(saved.get("format", "")).get_slice(".", 0)
	if major.is_valid_int() and int(major) > MAJOR:
		return {"wrong": "The save has format %s; this release reads %d.x." % [saved["format"], MAJOR]}
	for field: String in ["bundle", "version", "digest", "snapshot"]:
		if not saved.get(field) is String:
			return {"wrong": "The save is damaged: %s is not a text." % field}
	if not saved.get("seed") is float or not saved.get("directions") is Array:
		return {"wrong": "The save is damaged: the seed or the directions are missing."}
	saved["seed"] = _whole(slot, saved["seed"] as float)
	var values := {}
	for direction: Variant in saved["directions"]:
		if not direction is Dictionary or not (direction as Dictionary).get("values") is Dictionary:
			return {"wrong": "The save is damaged: a direction has no values."}
		values.merge(unpacked(direction["values"]) as Dictionary, true)
	var playing: Variant = saved.get("cutscene")
	if playing != null and not (playing is Dictionary and (playing as Dictionary).get("document") is String):
		return {"wrong": "The save is damaged: the cutscene has no document."}
	if not _is_base64(str(saved["snapshot"])):
		return {"wrong": "The save is damaged: the snapshot is not base64."}
	return {"slot": saved, "values": values, "snapshot": Marshalls.base64_to_raw(str(saved["snapshot"]))}


## Why the snapshot of the slot does not fit this stream; empty: it does.
static func misfit(slot: Dictionary, info: Dictionary) -> String:
	if slot["digest"] == info["digest"]:
		return ""
	var made := "'%s' %s" % [slot["bundle"], slot["version"]]
	var runs := "'%s' %s" % [info["bundle"], info["version"]]
	return "The save was made with the bundle %s; this stream runs %s%s." % [made, runs, " with other files" if made == runs else ""]


## JSON knows only floats: a seed above 2^53 is read from the text.
static func _whole(slot: String, seed_read: float) -> int:
	for found in RegEx.create_from_string("(?<!\\\\)\"seed\"\\s*:\\s*(\\d+)").search_all(slot):
		if float(int(found.get_string(1))) == seed_read:
			return int(found.get_string(1))
	return int(seed_read)


static func _is_base64(given: String) -> bool:
	return given.length() % 4 == 0 and RegEx.create_from_string("^[A-Za-z0-9+/]*={0,2}$").search(given) != null
