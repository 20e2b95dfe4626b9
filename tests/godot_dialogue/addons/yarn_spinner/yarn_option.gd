class_name YarnOption
extends RefCounted

var text := ""
var option_index := 0
var is_available := true
var metadata := PackedStringArray()
