EXTERNAL dream(words)
The lamp is dark.
~ dream("level=0.4")
Now it burns.
* [Shade it. # dream: level=0.2 # mood: dark]
* [Leave it. # dream: levle=0.2 over=fast]
- The end.
