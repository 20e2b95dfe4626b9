// A short story that directs Vista (docs/narrative.md). Compiled to harbour.ink.json; examples/dialogue_mood.py plays it.
VAR mood = "calm"
-> quay

=== quay ===
The harbour lies still. # dream: cut "a quiet harbour in the evening" biome=coast weather=clear time_of_day=19 # dream: wait shown
A woman in a red coat mends her nets. "You are late," she says.
* ["I had to hide."]
    ~ mood = "afraid"
    "Then it begins," she says. The wind rises. # dream: weather=storm time_of_day=21 over=3
    -> boat
* ["I brought you lemons."]
    ~ mood = "glad"
    She laughs, and the last sun comes out. # dream: weather=clear energy=0.8 time_of_day=18 over=3
    -> boat

=== boat ===
{mood == "afraid":
    A light flashes far out. # dream: event=lightning
- else:
    Gulls rise from the wall. # dream: event=birds
}
* [Get into the boat.] You push off.
    Later there is only the sea. # dream: style=watercolour over=2
* [Stay on the quay.] You sit down next to her.
    The night comes. # dream: time_of_day=23 style=ink over=2
- The end. # dream: wait shown
-> END
