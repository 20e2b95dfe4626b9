@tool
@icon("icons/dream_cutscene.svg")
class_name DreamCutscene
extends Resource
## A cutscene: the document that a [DreamCutscenePlayer] plays (CUTSCENE.md describes its format).
##
## A file [code]x.dream.json[/code] in the project is such a resource: [code]load("res://x.dream.json")[/code]. It is exported with the
## game, and so are the files that it names. A game can also make one: [code]DreamCutscene.from_data({…})[/code].

## Ending of the film that stands for a cutscene where no daemon can run.
const FILM := ".ogv"

## The text of the document, which is JSON.
@export_multiline var document := "":
	set(value):
		if value != document:
			document = value
			emit_changed()
## The folder in which the files lie that the document names. Empty: the folder of this resource.
@export_dir var folder := ""


## A cutscene from a document as a dictionary. [param files_in] is the folder of its files.
static func from_data(content: Dictionary, files_in := "res://") -> DreamCutscene:
	var made := DreamCutscene.new()
	made.document = JSON.stringify(content)
	made.folder = files_in
	return made


## The document as a dictionary; empty if it is not JSON.
func data() -> Dictionary:
	var json := JSON.new()
	if json.parse(document) != OK or not json.data is Dictionary:
		return {}
	return json.data


## The files that the document names and that are there: name to path. Only files in the folder count.
func file_paths() -> Dictionary:
	var base := folder if folder else resource_path.get_base_dir()
	var found := {}
	for named in _texts_that_may_be_files():
		var path := base.path_join(named).simplify_path()
		# A prompt is a text too, and no file of that name is there.
		if named.is_relative_path() and not named.contains("\n") and path.begins_with(base) and not named.contains("..") and FileAccess.file_exists(path):
			found[named] = path
	return found


## The contents of the files that the daemon needs, name to bytes: pictures, and the features of sounds. The game plays the sounds.
func files() -> Dictionary:
	var contents := {}
	var paths := file_paths()
	for named in _texts_that_may_be_files(false):
		if paths.has(named):
			contents[named] = FileAccess.get_file_as_bytes(paths[named] as String)
	return contents


## The film that is shown where no daemon can run: a file [code]x.ogv[/code] next to [code]x.dream.json[/code], which the export can bake. Null:
## there is none.
func film() -> VideoStream:
	var path := film_path()
	return load(path) as VideoStream if path and ResourceLoader.exists(path) else null


## Where that film is, or would be; empty for a cutscene that is no file.
func film_path() -> String:
	var suffix := DreamCutsceneLoader.SUFFIX
	return resource_path.left(-suffix.length()) + FILM if resource_path.to_lower().ends_with(suffix) else ""


## The variables of the document with their defaults.
func defaults() -> Dictionary:
	var found := {}
	var declared: Variant = data().get("variables")
	for variable: Variant in (declared as Dictionary if declared is Dictionary else {}):
		var about: Variant = declared[variable]
		if about is Dictionary:
			var empty: Variant = {"number": 0.0, "text": ""}.get((about as Dictionary).get("type"), false)
			found[variable] = (about as Dictionary).get("default", empty)
	return found


## The sounds of the shots: name of the shot to the name of its file.
func sounds() -> Dictionary:
	var found := {}
	var shots: Variant = data().get("shots")
	for shot: Variant in (shots as Dictionary if shots is Dictionary else {}):
		var content: Variant = shots[shot]
		var audio: Variant = (content as Dictionary).get("audio") if content is Dictionary else null
		var file: Variant = (audio as Dictionary).get("file") if audio is Dictionary else null
		if file is String and file:
			found[str(shot)] = file
	return found


func _texts_that_may_be_files(with_sounds := true) -> PackedStringArray:
	var found := {}
	var whole := data()
	for character: Dictionary in _parts(whole, "characters"):
		found[character.get("reference")] = true
	for shot: Dictionary in _parts(whole, "shots"):
		var audio: Variant = shot.get("audio")
		if audio is Dictionary:
			found[(audio as Dictionary).get("features")] = true
			if with_sounds:
				found[(audio as Dictionary).get("file")] = true
		for lane: Dictionary in _parts(shot, "lanes"):
			var keys: Variant = lane.get("keys")
			for key: Variant in (keys as Array if keys is Array else []):
				if key is Dictionary:
					found[(key as Dictionary).get("value")] = true
	return found.keys().filter(func(value: Variant) -> bool: return value is String and value != "")


## The dictionaries in a dictionary of that name. What is wrong with the document, the daemon says.
static func _parts(whole: Dictionary, named: String) -> Array:
	var all: Variant = whole.get(named)
	return (all as Dictionary).values().filter(func(part: Variant) -> bool: return part is Dictionary) if all is Dictionary else []
