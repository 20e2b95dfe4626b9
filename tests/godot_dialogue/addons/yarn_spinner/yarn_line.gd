class_name YarnLine
extends RefCounted

var text := ""
var metadata := PackedStringArray()
