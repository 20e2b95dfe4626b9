extends RefCounted
## Offsets and constants of the ring. Made by devtools/generate.py; do not edit.

const MAGIC := "DRMRING1"
const VERSION := 1
const HEADER := 4096
const SLOT_HEADER := 128
const LIVE := 1
const SUPERSEDED := 2
const CLOSED := 3
const FLAG_CUT := 1
const FLAG_STEPPED := 2
const FLAG_RESTORED := 4
const FLAG_ADOPTED := 8
const LEVEL_SHIFT := 8
const LEVEL_MASK := 15
const FIELDS := {
	"layout_version": 8,
	"header_size": 12,
	"epoch": 16,
	"writer_pid": 24,
	"writer_start": 32,
	"slot_count": 40,
	"frames_per_slot": 44,
	"slot_stride": 48,
	"slot_header_size": 56,
	"width": 60,
	"height": 64,
	"row_stride": 68,
	"pixel_format": 72,
	"colour_space": 76,
	"row_order": 80,
	"alpha": 84,
	"fps": 88,
	"crc": 96,
	"heartbeat": 128,
	"state": 192,
	"latest": 256,
}
const SLOT := {
	"sequence": 0,
	"frames": 8,
	"flags": 12,
	"first_index": 16,
	"revision": 24,
	"time": 32,
	"step_ms": 40,
	"bytes": 48,
	"published_ns": 56,
	"received_ns": 64,
	"applied_ns": 72,
	"begun_ns": 80,
	"ended_ns": 88,
	"dropped": 96,
	"view": 104,
	"view_time": 112,
	"sequence_again": 120,
}
