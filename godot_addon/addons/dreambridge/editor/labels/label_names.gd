extends RefCounted
## Which label of a palette a name suggests, such as "wall" for "HouseFront2": for the names of nodes, meshes and materials.

const WORDS := {
	"window": "window glass pane lamp lantern light",
	"roof": "roof thatch dome spire gable",
	"water": "water sea ocean lake river pond pool brook fountain wave",
	"leaves": "leaves leaf foliage crown maple oak birch beech",
	"plant": "plant tree bush pine fir spruce hedge grass cactus fern shrub flower vine",
	"figure": "figure player hero character human person npc body man woman",
	"other_figure": "enemy monster animal villager guard",
	"limbs": "arm leg hand foot limb",
	"sky": "sky cloud sun moon star",
	"far_land": "mountain range horizon peak skyline",
	"mid_land": "hill",
	"near_land": "slope bank cliff dune",
	"ground": "ground floor platform road path street terrain earth soil sand snow rock stone tile deck stair step",
	"wall": "wall house building tower trunk bridge column pillar fence door castle church barn hut front",
}
# The first of these that the palette has takes the place of a label that it does not have.
const INSTEAD := {
	"leaves": ["plant"], "other_figure": ["figure"], "limbs": ["figure"], "roof": ["wall"], "window": ["wall"],
	"mid_land": ["far_land", "near_land"], "near_land": ["ground"], "far_land": ["mid_land"],
}


## The label of [param palette] that the first of [param names] suggests that suggests one; "": none does.
static func guess(names: PackedStringArray, palette: PackedStringArray) -> String:
	for named in names:
		var found := _of(named, palette)
		if found:
			return found
	return ""


static func _of(named: String, palette: PackedStringArray) -> String:
	var plain := named.to_snake_case()
	for label in palette:
		if label.contains("_") and plain.contains(label):
			return label
	var words := _words(plain)
	# The last word says what it is: a roof window is a window.
	words.reverse()
	for word in words:
		for one: String in [word, word.trim_suffix("s"), word.trim_suffix("es")]:
			if one in palette:
				return one
			for label: String in WORDS:
				if one in (WORDS[label] as String).split(" "):
					var there := _in_palette(label, palette)
					if there:
						return there
	return ""


static func _in_palette(label: String, palette: PackedStringArray) -> String:
	for one: String in [label] + (INSTEAD.get(label, []) as Array):
		if one in palette:
			return one
	return ""


# The words of letters: "house_front_2" is "house" and "front".
static func _words(plain: String) -> PackedStringArray:
	var letters := ""
	for character in plain:
		letters += character if character.to_lower() != character.to_upper() else " "
	return letters.split(" ", false)
