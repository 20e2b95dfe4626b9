init python:
    import windowless

    windowless.register()
