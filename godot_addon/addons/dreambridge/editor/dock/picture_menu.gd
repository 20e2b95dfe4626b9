@tool
extends MenuButton
## What can be done with the picture in the dock: copy its direction, save it, make it the poster.

## A picture was saved in the project and shall be the poster.
signal poster_chosen(path: String)

## Whether the picture lies over the viewports was switched.
signal paints_switched(on: bool)

enum { COPY_CALL, SAVE, POSTER, PAINTS }

const Settings := preload("../settings.gd")

var _stream: DreamStream
var _picture: Texture2D


func _init() -> void:
	tooltip_text = "Save the picture, make it the poster, copy it as code"
	flat = true
	var popup := get_popup()
	popup.add_item("Copy as direct() call", COPY_CALL)
	popup.add_item("Save PNG …", SAVE)
	popup.add_item("Set as poster …", POSTER)
	popup.add_separator()
	popup.add_check_item("Paint over the viewports", PAINTS)
	popup.set_item_tooltip(popup.get_item_index(PAINTS), "While the eye is open: show what a DreamView paints over the edited scene in the 2D and 3D viewports.")
	popup.id_pressed.connect(_on_pressed)
	about_to_popup.connect(_on_popup)


func _notification(what: int) -> void:
	if what == NOTIFICATION_ENTER_TREE or (what == NOTIFICATION_THEME_CHANGED and is_inside_tree()):
		icon = get_theme_icon(&"GuiTabMenuHl", &"EditorIcons")


func show_stream(stream: DreamStream, picture: Texture2D) -> void:
	_stream = stream
	_picture = picture


func _on_popup() -> void:
	var popup := get_popup()
	for id: int in [COPY_CALL, SAVE, POSTER]:
		popup.set_item_disabled(popup.get_item_index(id), not is_instance_valid(_stream) or not _stream.is_running() or _stream.frame_index < 0)
	popup.set_item_checked(popup.get_item_index(PAINTS), Settings.is_open("paint", true))


## The conditions that hold now as a line of GDScript.
static func call_of(stream: DreamStream) -> String:
	var values := {}
	for condition: String in stream._session.effective:
		var value: Variant = stream._session.effective[condition]
		if value != null and not value is PackedByteArray:
			values[condition] = value
	return "$%s.direct(%s)" % [stream.name, literal(values)]


## A value as GDScript writes it.
static func literal(value: Variant) -> String:
	if value is Dictionary:
		var fields := PackedStringArray()
		for key: Variant in value as Dictionary:
			fields.append("\"%s\": %s" % [str(key).c_escape(), literal((value as Dictionary)[key])])
		return "{%s}" % ", ".join(fields)
	if value is Array:
		return "[%s]" % ", ".join(PackedStringArray((value as Array).map(literal)))
	if value is String or value is StringName:
		return "\"%s\"" % str(value).c_escape()
	return "%s" % snappedf(value as float, 0.0001) if value is float else var_to_str(value)


func save(path: String) -> Error:
	var image := _picture.get_image() if _picture else null
	return image.save_png(path) if image else ERR_UNAVAILABLE


func _on_pressed(id: int) -> void:
	match id:
		COPY_CALL:
			DisplayServer.clipboard_set(call_of(_stream))
		SAVE:
			_ask("Save the picture", EditorFileDialog.ACCESS_FILESYSTEM, func(path: String) -> void: save(path))
		POSTER:
			_ask("Save the poster in the project", EditorFileDialog.ACCESS_RESOURCES, _on_poster)
		PAINTS:
			paints_switched.emit(not Settings.is_open("paint", true))


func _on_poster(path: String) -> void:
	if save(path) == OK:
		poster_chosen.emit(path)


func _ask(title: String, access: EditorFileDialog.Access, then: Callable) -> void:
	var dialog := EditorFileDialog.new()
	dialog.file_mode = EditorFileDialog.FILE_MODE_SAVE_FILE
	dialog.access = access
	dialog.title = title
	dialog.add_filter("*.png", "PNG")
	dialog.current_file = "%s.png" % str(_stream.name).to_snake_case()
	dialog.file_selected.connect(then)
	dialog.visibility_changed.connect(func() -> void: if not dialog.visible: dialog.queue_free())
	add_child(dialog)
	dialog.popup_centered_ratio(0.6)
