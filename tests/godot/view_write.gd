extends SceneTree
## Writes pictures of one value each into the input ring RING as fast as it goes, for SECONDS; prints how many.

const ViewWriter := preload("res://addons/dreambridge/ring/view_writer.gd")


func _initialize() -> void:
	var writer := ViewWriter.new()
	var out := {"opened": writer.open(OS.get_environment("RING")), "first": writer.published}
	var size := writer.width * writer.height * 4
	var pictures: Array[PackedByteArray] = []
	for k in 8:
		var picture := PackedByteArray()
		picture.resize(size * writer.layers)
		picture.fill(10 + 30 * k)
		pictures.append(picture)
	out["refused"] = writer.publish(pictures[0].slice(1), 1, 1.0) == 0 and writer.publish(PackedByteArray(), 1, 1.0) == 0
	var begun := Time.get_ticks_msec()
	var spent := 0
	while Time.get_ticks_msec() - begun < 1000.0 * OS.get_environment("SECONDS").to_float():
		var from := Time.get_ticks_usec()
		writer.publish(pictures[writer.published % 8], writer.published + 1, writer.published / 4.0)
		spent += Time.get_ticks_usec() - from
	out["published"] = writer.published
	out["ms_each"] = spent / 1000.0 / maxi(1, writer.published)
	var none := ViewWriter.new()
	out["none"] = none.open("/nonexistent.ring") or none.is_open() or none.publish(pictures[0], 1, 1.0) != 0
	print(JSON.stringify(out))
	quit()
