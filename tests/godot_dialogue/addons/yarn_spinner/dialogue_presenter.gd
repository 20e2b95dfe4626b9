class_name YarnDialoguePresenter
extends Node
## Shows lines and options. A line goes on at once if this returns null; an option is taken by its index, and -1 leaves it to others.

var dialogue_runner: YarnDialogueRunner


func run_line(_line: YarnLine, _token: YarnCancellationToken = null) -> Variant:
	return null


func run_options(_options: Array[YarnOption], _token: YarnCancellationToken = null) -> int:
	return -1
