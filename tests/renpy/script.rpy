# The project of the tests: the story lamp.rpy, two longer ones, and a driver in place of the player.
define config.name = "Dreambridge tests"
define config.save_directory = "dreambridge-tests"
define config.screen_width = 640
define config.screen_height = 360
define config.developer = False
define config.rollback_length = 200
define config.has_autosave = False
define config.default_fullscreen = False
define dreambridge.bundle = "testcard"
define dreambridge.threads = 1

init python:
    import driver

    driver.setup(dreambridge)
    config.overlay_functions.append(driver.overlay)
    config.start_interact_callbacks.append(driver.interacts)
    _preferences.skip_unseen = True

image dream = DreamPicture(fit="fill", fallback=Solid("#0000ff"))

screen say(who, what):
    text what id "what" size 20 xpos 330 ypos 20 xmaximum 300

screen choice(items):
    vbox xpos 330 ypos 100:
        for i in items:
            textbutton i.caption action i.action

label main_menu:
    return

label start:
    show dream
    "Between two stories."
    $ renpy.block_rollback()
    $ lamp = 0.1
    $ oil = 2
    call expression driver.wanted from _start_call
    jump start

label lines:
    dream cut level=0 seed=3
    $ k = 0

label next_line:
    $ k = k + 1
    $ share = k / 30
    dream level=[share] over=0.1
    "Line [k]."

label line_read:
    # Debian's builds write no .rpyc files: in another process only a label has the same name, and a save is loaded at one.
    if k < 24:
        jump next_line
    return

label many:
    $ k = 0
    while k < 200:
        $ k = k + 1
        $ share = k / 200
        dream level=[share] over=0
        "Click [k]."
    dream wait shown limit=60
    "The last line."
    return

default low = ""
default high = ""

label choices:
    $ k = 0
    while True:
        $ k = k + 1
        menu:
            "Low":
                dream [low]
            "High":
                dream [high]

label film:
    dream play arrival
    dream wait shot dawn
    "Dawn."
    dream signal door
    dream wait ended limit=60
    "The sea."
    dream play arival
    "There is no such film."
    return

label bad:
    dream leval=0.3
    "It goes on."
    $ dream("wait sho")
    dream level=[nothing]
    "It goes on again."
    return
