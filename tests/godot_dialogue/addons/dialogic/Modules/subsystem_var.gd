extends DialogicSubsystem
## Variables in braces.

@export var variables := {}


func _clear_state(clear_flag := DialogicGameHandler.ClearFlags.FULL_CLEAR) -> void:
	if not clear_flag & DialogicGameHandler.ClearFlags.KEEP_VARIABLES:
		variables = {}


func parse_variables(text: String) -> String:
	for named: String in variables:
		text = text.replace("{%s}" % named, str(variables[named]))
	return text


func value(expression: String) -> Variant:
	var parsed := Expression.new()
	for named: String in variables:
		expression = expression.replace("{%s}" % named, var_to_str(variables[named]))
	return parsed.execute() if parsed.parse(expression) == OK else null
