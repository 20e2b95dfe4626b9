# A wood whose weather and hour follow the story. The art of the game itself is shown until the first frame is there.
define k = Character("The keeper")

image dusk = Solid("#2d3e50")
image dream = DreamPicture(fallback="dusk")

label start:
    scene dream
    dream cut season=summer weather=clear time_of_day=18.5
    "Evening. The wood lies still, and the keeper looks at the sky."
    k "It will not stay like this. Shall I light the lamp?"
    menu:
        "Light it.":
            dream time_of_day=20.5 weather=cloudy over=2
            "The light goes out over the trees, and clouds come in."
            jump night
        "Wait for the storm.":
            dream weather=storm time_of_day=21 over=2
            "The first gust goes through the tops of the trees."
            jump night

label night:
    dream wait shown
    k "There it is."
    menu:
        "Stay until morning.":
            dream weather=clear time_of_day=7 over=4
            "The night goes by. Nothing was lost."
        "Go down to the village.":
            dream weather=snow season=winter over=3
            "It snows, months later, in his memory of this evening."
    k "Roll back, and the picture goes back with the story. Save it, and the film is in the save."
    return
