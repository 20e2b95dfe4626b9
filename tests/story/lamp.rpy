# The story of the tests, in Ren'Py. tests/story/lamp.ink is the same in Ink; lamp.json says what each way through it directs.
default lamp = 0.1
default oil = 2

label quay:
    dream cut level=0.1 seed=7
    "The quay is dark."
    $ lamp = 0.1
    "Somebody has left a lantern here."
    menu:
        "Light the lantern.":
            dream level=0.4
            $ lamp = 0.4
            "It burns."
            jump tower
        "Leave it.":
            dream wait shown
            "You walk on in the dark."
            jump tower

label tower:
    dream over=0 level=[lamp]
    "The tower door is open."

label stairs:
    "[oil] flasks of oil stand on the stairs."
    menu:
        "Pour oil into the lamp." if oil > 0:
            $ oil = oil - 1
            $ lamp = lamp + 0.2
            dream level=[lamp]
            "The flame grows."
            jump stairs
        "Shade the lamp.":
            dream level=0.2
            $ lamp = 0.2
            "Almost nothing is left of the light."
            jump top
        "Climb.":
            jump top

label top:
    dream level=[lamp] easing=linear
    dream wait shown
    "The sea lies below."
    if lamp > 0.3:
        $ lamp = 1
        dream level=1
        "A ship answers with a light."
    else:
        dream level=-
        "Nobody sees you."
    return
