@tool
extends Control
## The painted picture over one of the editor's viewports, under its handles. A child of the viewport's container, and not forced drawing by
## the plugin: a plugin that is switched off must leave nothing that the editor still calls.

## Gives the picture; null: there is none.
var picture := Callable()


func _init(source: Callable) -> void:
	picture = source
	name = "DreambridgeOverlay"
	mouse_filter = Control.MOUSE_FILTER_IGNORE
	clip_contents = true


# A container does not keep to the anchors of its children.
func _notification(what: int) -> void:
	var container := get_parent_control()
	if what == NOTIFICATION_ENTER_TREE:
		container.resized.connect(_fit)
		_fit()
	elif what == NOTIFICATION_EXIT_TREE:
		container.resized.disconnect(_fit)


func _fit() -> void:
	position = Vector2.ZERO
	size = get_parent_control().size
	queue_redraw()


## As the view sees it: the whole height of the viewport, and as much to the sides as fits.
func _draw() -> void:
	var shown: Texture2D = picture.call()
	if shown:
		var covered := Vector2(shown.get_size()) * size.y / shown.get_height()
		draw_texture_rect(shown, Rect2((size - covered) / 2.0, covered), false)
