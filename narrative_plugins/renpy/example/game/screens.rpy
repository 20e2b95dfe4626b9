# The smallest screens that make a story readable over a picture.
style default:
    size 26
    color "#f4f0e8"

style dialogue is default:
    xalign 0.5
    xmaximum 1000
    outlines [(1, "#0008", 0, 1)]

screen say(who, what):
    frame:
        background Solid("#101820c8")
        xfill True
        yalign 1.0
        ysize 190
        padding (120, 28)
        vbox:
            spacing 8
            if who is not None:
                text who id "who" color "#ffcf87" size 24
            text what id "what" style "dialogue" xalign 0.0

screen choice(items):
    vbox:
        xalign 0.5
        yalign 0.4
        spacing 14
        for i in items:
            textbutton i.caption action i.action:
                background Solid("#101820c8")
                hover_background Solid("#3a5a78e0")
                xsize 620
                padding (24, 14)
                text_xalign 0.5

screen main_menu():
    tag menu
    add Solid("#1d2b3a")
    vbox:
        xalign 0.5
        yalign 0.5
        spacing 20
        text "The Lookout" size 64 xalign 0.5
        textbutton "Start" action Start() xalign 0.5
        textbutton "Load" action ShowMenu("load") xalign 0.5
        textbutton "Quit" action Quit(confirm=False) xalign 0.5

screen save():
    tag menu
    use slots("Save")

screen load():
    tag menu
    use slots("Load")

screen slots(title):
    add Solid("#1d2b3ae8")
    vbox:
        xalign 0.5
        yalign 0.4
        spacing 14
        text title size 44 xalign 0.5
        for k in range(1, 5):
            textbutton "[k]: [FileTime(k, empty='empty')]" action FileAction(k) xsize 500
        textbutton "Back" action Return() xalign 0.5
        if title == "Save":
            textbutton "Load" action ShowMenu("load") xalign 0.5

screen confirm(message, yes_action, no_action):
    modal True
    add Solid("#000c")
    vbox:
        xalign 0.5
        yalign 0.5
        spacing 20
        text message xalign 0.5
        textbutton "Yes" action yes_action xalign 0.5
        textbutton "No" action no_action xalign 0.5

screen notify(message):
    zorder 100
    frame:
        background Solid("#101820c8")
        padding (20, 10)
        text message size 18
    timer 4.0 action Hide("notify")
