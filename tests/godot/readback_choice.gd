extends SceneTree
## What DreamView's "auto" does in games whose pictures are TRAVEL ms on their way when nobody waits, and cost COST ms when one does.
## Prints for each how many of 2,000 pictures were waited for, how often it began to, and whether it does at the end.

const ReadbackChoice := preload("res://addons/dreambridge/view/readback_choice.gd")
const INTERVAL := 41667.0


func _initialize() -> void:
	print(JSON.stringify({
		"quick game": play(30.0, 0.5, 0), "slow game, idle GPU": play(140.0, 0.5, 0), "slow game, busy GPU": play(140.0, 45.0, 0),
		"one hitch": play(140.0, 0.5, 1000),
	}))
	quit()


func play(travel: float, cost: float, hitch: int) -> Dictionary:
	var waiting := ReadbackChoice.new()
	var waited := 0
	var tries := 0
	var before := false
	for k in 2000:
		tries += int(waiting.waits and not before)
		before = waiting.waits
		waited += int(waiting.waits)
		var took := 0.0
		if waiting.waits:
			took = 12.0 if k == hitch and hitch else cost
		waiting.arrived((8.0 if waiting.waits else travel) * 1000.0, took, INTERVAL, k * INTERVAL)
	return {"waited": waited, "tries": tries, "waits": waiting.waits}
