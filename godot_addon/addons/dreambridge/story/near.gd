extends RefCounted
## The name that was probably meant: the same one as in each other language (protocol/vectors/script.json).

const MAX_WORD := 64


## Letters to insert, delete, replace or swap with their neighbour to make [param b] of [param a].
static func distance(a: String, b: String) -> int:
	var before: Array[int] = []
	var row: Array[int] = []
	row.assign(range(b.length() + 1))
	for i in a.length():
		var last := before
		before = row
		row = [i + 1] as Array[int]
		for j in b.length():
			var best := mini(mini(before[j + 1] + 1, row[j] + 1), before[j] + (1 if a[i] != b[j] else 0))
			if i > 0 and j > 0 and a[i] == b[j - 1] and a[i - 1] == b[j]:
				best = mini(best, last[j - 1] + 1)
			row.append(best)
	return row[-1]


## The first of the nearest names, if at most a third of its letters (at least one) differ; empty: none is near.
static func near(word: String, names: Array) -> String:
	word = word.left(MAX_WORD).to_lower()
	var found := ""
	var best := MAX_WORD
	for named: String in names:
		var away := distance(word, named.to_lower().left(MAX_WORD))
		var letters := maxi(word.length(), named.length())
		if away <= maxi(1, floori(letters / 3.0)) and away < best:
			found = named
			best = away
	return found


## A name as messages show it.
static func quoted(word: String) -> String:
	return "'%s'" % word.left(80)


## "Did you mean 'storm'? Known: …"
static func did_you_mean(word: String, names: Array) -> String:
	var found := near(word, names)
	var said := "Did you mean %s? " % quoted(found) if found else ""
	return "%sKnown: %s." % [said, ", ".join(PackedStringArray(names)) if names else "none"]
