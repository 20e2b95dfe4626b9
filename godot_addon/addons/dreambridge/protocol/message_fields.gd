extends RefCounted
## The fields of what the daemon sends, by type. Made by devtools/generate.py; do not edit.

const NUMBER: Array[int] = [TYPE_INT, TYPE_FLOAT]
const TEXT: Array[int] = [TYPE_STRING]
const BYTES: Array[int] = [TYPE_PACKED_BYTE_ARRAY]
const BOOL: Array[int] = [TYPE_BOOL]
const MAP: Array[int] = [TYPE_DICTIONARY]
const LIST: Array[int] = [TYPE_ARRAY]
## By message: field to the types that it may have. A field with any value is not here.
const TYPES := {
	"state": {"state": TEXT, "code": TEXT, "reason": TEXT, "fps": NUMBER, "level": TEXT, "session": NUMBER},
	"settled": {"reached": LIST, "replaced": LIST, "time": NUMBER, "frame_index": NUMBER, "session": NUMBER},
	"cutscene": {"happened": TEXT, "shot": TEXT, "time": NUMBER, "at": NUMBER, "frame_index": NUMBER, "name": TEXT, "options": LIST, "limit": NUMBER, "sound": NUMBER, "fade": NUMBER, "easing": TEXT, "variables": MAP, "held": LIST, "values": MAP, "session": NUMBER},
	"ring": {"ring": TEXT, "epoch": NUMBER, "code": TEXT, "message": TEXT, "hint": TEXT, "session": NUMBER},
	"view_silent": {"seconds": NUMBER, "session": NUMBER},
	"view_back": {"session": NUMBER},
	"error": {"code": TEXT, "message": TEXT, "hint": TEXT, "session": NUMBER, "id": NUMBER},
	"bye": {"code": TEXT, "reason": TEXT, "id": NUMBER},
	"welcome": {"protocol": TEXT, "version": TEXT, "epoch": NUMBER, "client_key": TEXT, "sessions": LIST, "id": NUMBER},
	"bundles": {"bundles": LIST, "id": NUMBER},
	"opened": {"session": NUMBER, "bundle": TEXT, "version": TEXT, "ring": TEXT, "epoch": NUMBER, "width": NUMBER, "height": NUMBER, "frames_per_step": NUMBER, "fps": NUMBER, "seed": NUMBER, "threads": NUMBER, "provider": TEXT, "revision": NUMBER, "state": TEXT, "conditions": MAP, "provider_reason": TEXT, "view": MAP, "digest": TEXT, "operators": MAP, "level": TEXT, "levels": LIST, "id": NUMBER},
	"directed": {"revision": NUMBER, "at": NUMBER, "received_ns": NUMBER, "over": NUMBER, "id": NUMBER},
	"ok": {"id": NUMBER},
	"stepped": {"frame_index": NUMBER, "published": NUMBER, "steps": NUMBER, "values": MAP, "presence": MAP, "id": NUMBER},
	"snapshotted": {"data": BYTES, "bytes": NUMBER, "id": NUMBER},
	"kept": {"name": TEXT, "frame_index": NUMBER, "time": NUMBER, "bytes": NUMBER, "places": NUMBER, "total_bytes": NUMBER, "id": NUMBER},
	"restored": {"frame_index": NUMBER, "time": NUMBER, "revision": NUMBER, "seed": NUMBER, "values": MAP, "id": NUMBER},
	"rewound": {"frame_index": NUMBER, "time": NUMBER, "shot": TEXT, "at": NUMBER, "places": NUMBER, "total_bytes": NUMBER, "revision": NUMBER, "seed": NUMBER, "values": MAP, "id": NUMBER},
	"recorded": {"recording": BOOL, "text": TEXT, "more": BOOL, "steps": NUMBER, "id": NUMBER},
	"fork_status": {"fork": NUMBER, "frame_index": NUMBER, "time": NUMBER, "steps": NUMBER, "bytes": NUMBER, "total_bytes": NUMBER, "status": TEXT, "shot": TEXT, "waited": BOOL, "id": NUMBER},
	"adopted": {"revision": NUMBER, "frame_index": NUMBER, "time": NUMBER, "steps": NUMBER, "seed": NUMBER, "shot": TEXT, "at": NUMBER, "values": MAP, "id": NUMBER},
	"stats": {"session": NUMBER, "frames": NUMBER, "fps": NUMBER, "step_ms_p50": NUMBER, "step_ms_p99": NUMBER, "missed": NUMBER, "dropped": NUMBER, "revision": NUMBER, "stream_time": NUMBER, "state": TEXT, "view": NUMBER, "forks": NUMBER, "ahead": NUMBER, "damped": NUMBER, "threads": NUMBER, "state_copies": NUMBER, "frame_copies": NUMBER, "level": TEXT, "id": NUMBER},
	"closed": {"session": NUMBER, "id": NUMBER},
	"pong": {"epoch": NUMBER, "time_ns": NUMBER, "id": NUMBER},
	"attached": {"session": NUMBER, "ring": TEXT, "epoch": NUMBER, "width": NUMBER, "height": NUMBER, "frames_per_slot": NUMBER, "layers": LIST, "palette": MAP, "id": NUMBER},
	"file_taken": {"sha256": TEXT, "id": NUMBER},
	"cutscene_loaded": {"name": TEXT, "shots": MAP, "warnings": LIST, "missing": LIST, "id": NUMBER},
	"cutscene_status": {"status": TEXT, "shot": TEXT, "at": NUMBER, "time": NUMBER, "frame_index": NUMBER, "sound": NUMBER, "variables": MAP, "held": LIST, "waited": BOOL, "released": LIST, "id": NUMBER},
	"CutsceneOption": {"id": TEXT, "text": TEXT},
	"BundleInfo": {"name": TEXT, "version": TEXT, "description": TEXT, "width": NUMBER, "height": NUMBER, "fps": NUMBER, "conditions": MAP, "view": MAP, "levels": LIST, "error": MAP},
}
## Fields that are always there.
const ALWAYS := {
	"state": ["state", "code", "reason", "fps", "session"],
	"settled": ["reached", "replaced", "time", "frame_index", "session"],
	"cutscene": ["happened", "shot", "time", "at", "frame_index", "session"],
	"ring": ["ring", "epoch", "code", "message", "hint", "session"],
	"view_silent": ["seconds", "session"],
	"view_back": ["session"],
	"error": ["code", "message"],
	"bye": ["code", "reason"],
	"welcome": ["protocol", "version", "epoch", "client_key", "sessions"],
	"bundles": ["bundles"],
	"opened": ["session", "bundle", "version", "ring", "epoch", "width", "height", "frames_per_step", "fps", "seed", "threads", "provider", "revision", "state", "conditions"],
	"directed": ["revision", "at", "received_ns"],
	"stepped": ["frame_index", "published", "steps"],
	"kept": ["name", "frame_index", "time", "bytes", "places", "total_bytes"],
	"restored": ["frame_index", "time", "revision", "seed"],
	"rewound": ["frame_index", "time", "shot", "at", "places", "total_bytes", "revision", "seed"],
	"recorded": ["recording", "text", "more", "steps"],
	"fork_status": ["fork", "frame_index", "time", "steps", "bytes", "total_bytes"],
	"adopted": ["revision", "frame_index", "time", "steps", "seed", "shot", "at"],
	"stats": ["session", "frames", "fps", "step_ms_p50", "step_ms_p99", "missed", "dropped", "revision", "stream_time", "state", "view"],
	"closed": ["session"],
	"pong": ["epoch", "time_ns"],
	"attached": ["session", "ring", "epoch", "width", "height", "frames_per_slot", "layers", "palette"],
	"file_taken": ["sha256"],
	"cutscene_loaded": ["name", "shots", "warnings", "missing"],
	"cutscene_status": ["status", "shot", "at", "time", "frame_index"],
	"CutsceneOption": ["id"],
	"BundleInfo": ["name"],
}
## By request: its reply.
const ANSWERS := {
	"hello": "welcome",
	"bundles": "bundles",
	"open": "opened",
	"direct": "directed",
	"cut": "directed",
	"less_flashing": "ok",
	"pause": "ok",
	"resume": "ok",
	"step": "stepped",
	"snapshot": "snapshotted",
	"restore": "restored",
	"keep": "kept",
	"rewind": "rewound",
	"record": "recorded",
	"replay": "restored",
	"fork": "fork_status",
	"fork_direct": "fork_status",
	"fork_choose": "fork_status",
	"fork_signal": "fork_status",
	"fork_prepare": "fork_status",
	"adopt": "adopted",
	"drop": "ok",
	"stats": "stats",
	"close": "closed",
	"cancel": "ok",
	"ping": "pong",
	"bye": "bye",
	"attach_view": "attached",
	"detach_view": "ok",
	"put_file": "file_taken",
	"cutscene_load": "cutscene_loaded",
	"cutscene_replace": "cutscene_loaded",
	"cutscene_play": "cutscene_status",
	"cutscene_seek": "cutscene_status",
	"cutscene_signal": "cutscene_status",
	"cutscene_set": "cutscene_status",
	"cutscene_choose": "cutscene_status",
	"cutscene_skip": "cutscene_status",
	"cutscene_release": "cutscene_status",
	"cutscene_stop": "cutscene_status",
}
## By list: the types of its items, or the message or part that each is.
const ITEMS := {
	"settled.reached": NUMBER,
	"settled.replaced": NUMBER,
	"cutscene.options": "CutsceneOption",
	"cutscene.held": TEXT,
	"welcome.sessions": "opened",
	"bundles.bundles": "BundleInfo",
	"opened.levels": TEXT,
	"attached.layers": TEXT,
	"cutscene_loaded.warnings": TEXT,
	"cutscene_loaded.missing": TEXT,
	"cutscene_status.held": TEXT,
	"cutscene_status.released": TEXT,
	"BundleInfo.levels": TEXT,
}


## What is wrong with a message's fields; "" when nothing is. A type that only a newer daemon knows is right.
static func problem(m: Dictionary) -> String:
	if m.get("id") != null and typeof(m["id"]) not in NUMBER:
		return "id is a %s" % type_string(typeof(m["id"]))
	return _wrong(m, str(m["type"]))


static func _wrong(m: Dictionary, type: String) -> String:
	for field: String in ALWAYS.get(type, []):
		if m.get(field) == null:
			return "%s has no %s" % [type, field]
	var types: Dictionary = TYPES.get(type, {})
	for field: String in types:
		var value: Variant = m.get(field)
		if value == null:
			continue
		if typeof(value) not in types[field]:
			return "%s.%s is a %s" % [type, field, type_string(typeof(value))]
		var of: Variant = ITEMS.get(type + "." + field)
		if of == null or not value is Array:
			continue
		for item: Variant in value as Array:
			if typeof(item) not in (MAP if of is String else of):
				return "%s.%s holds a %s" % [type, field, type_string(typeof(item))]
			if of is String:
				var wrong := _wrong(item as Dictionary, of as String)
				if wrong:
					return wrong
	return ""
