@tool
extends DialogicIndexer


func _get_events() -> Array:
	return ["end_branch", "comment", "choice", "condition", "variable", "label", "jump", "end"].map(func(n: String) -> String: return this_folder.path_join("event_%s.gd" % n))


func _get_subsystems() -> Array[Dictionary]:
	var found: Array[Dictionary] = []
	for named: String in ["Inputs", "Choices", "Text", "VAR"]:
		found.append({"name": named, "script": this_folder.path_join("subsystem_%s.gd" % named.to_lower())})
	return found
