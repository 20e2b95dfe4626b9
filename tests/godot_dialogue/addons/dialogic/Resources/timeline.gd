@tool
class_name DialogicTimeline
extends Resource
## The events of a *.dtl file.

var events: Array = []


func from_text(text: String) -> void:
	events = text.split("\n", true)


## Lines become events; what is further in than an opener belongs to it, up to an end event.
func process() -> void:
	if events.is_empty() or not events[0] is String:
		return
	var lines := events
	events = []
	var open: Array[int] = []
	for line: String in lines:
		var text := line.strip_edges(true, false)
		if text.is_empty():
			continue
		var indent := line.length() - text.length()
		while open and indent <= open[-1]:
			open.pop_back()
			events.append(_made("<<END BRANCH>>"))
		var event := _made(text)
		event.from_text(text)
		events.append(event)
		if event.can_contain_events:
			open.append(indent)
	for left in open:
		events.append(_made("<<END BRANCH>>"))


## The first event that knows the text; else it is a text.
static func _made(text: String) -> DialogicEvent:
	var handler: DialogicGameHandler = (Engine.get_main_loop() as SceneTree).root.get_node("Dialogic")
	for event in handler.events:
		if event.is_valid_event(text):
			return event.duplicate()
	return DialogicTextEvent.new()
