# Dreambridge for Ren'Py 8: the statement `dream`, and what connects it with the engine. See docs/narrative.md.

python early:
    import sys as _sys

    renpy.add_python_directory("00dreambridge")

    # A reloaded game (Shift+R) imports everything again: the stream of before ends, and so does its session.
    if getattr(_sys, "_dreambridge_stream", None):
        _sys._dreambridge_stream.stop()
        del _sys._dreambridge_stream

    def _dream_parse(lexer):
        import re
        from dreambridge_renpy.statement import parse
        from dreambridge_renpy.words import HOLE, BadScript

        where = (lexer.filename, lexer.number)
        text = (lexer.rest() or "").strip()
        try:
            # What stands in square brackets is known only while the story runs.
            parse(re.sub(r"\[[^\[\]\r\n]*\]", lambda m: HOLE * len(m[0]), text), holes=True)
        except BadScript as e:
            lexer.error("dream: %s %s (column %d of the direction)" % (e.message.replace(HOLE, "."), e.hint, e.column))
        return (text,) + where

    def _dream_execute(parsed):
        from dreambridge_renpy import engine

        engine.told(parsed[0], (parsed[1], parsed[2]))

    def _dream_lint(parsed):
        from dreambridge_renpy import lint

        for problem in lint.problems(parsed[0]):
            renpy.error(problem)

    def _dream_predict(parsed):
        from dreambridge_renpy import engine

        return engine.predicted(parsed[0])

    renpy.register_statement("dream", parse=_dream_parse, execute=_dream_execute, lint=_dream_lint, predict=_dream_predict)

init -900 python in dreambridge:
    # A game sets these with `define dreambridge.bundle = "vista"`.
    daemon = "default"      # name of the daemon
    bundle = "vista"
    seed = None             # the bundle's own
    fps = None              # the bundle's own
    threads = None
    paused = None
    cutscenes = "cutscenes" # the folder of *.dream.json, below `game`
    limit = 5.0             # seconds that a `wait` lasts at most
    preroll = 1.0           # seconds of each option that are made ahead; 0: none

    def on_error(error):
        """Called with each problem. A player does not see it; a developer does."""
        import sys
        from store import config, renpy

        sys.stderr.write("dreambridge: %s: %s\n" % (error.code, error))
        if config.developer:
            renpy.notify("%s" % error.message.replace("[", "[[").replace("{", "{{"))

init -899 python:
    from dreambridge_renpy import engine as _dream_engine
    from dreambridge_renpy import picture as _dream_picture

    DreamPicture = _dream_picture.DreamPicture

    def dream(text):
        """A direction in Python: `$ dream("weather=storm")`. Returns its outcome."""
        return _dream_engine.told(text)

    renpy.register_shader(
        _dream_picture.SHADER,
        variables="""
            uniform sampler2D tex0;
            uniform sampler2D tex1;
            attribute vec2 a_tex_coord;
            varying vec2 v_tex_coord;
        """,
        vertex_200="v_tex_coord = a_tex_coord;",
        fragment_200="gl_FragColor = vec4(texture2D(tex0, v_tex_coord).rgb, texture2D(tex1, v_tex_coord).r);",
    )

    config.start_interact_callbacks.append(_dream_engine.interaction)
    config.periodic_callbacks.append(_dream_engine.periodic)
    config.quit_callbacks.append(_dream_engine.stop)
    config.after_load_callbacks.append(_dream_engine.loaded)

init 999 python:
    if config.load_failed_label is None:
        config.load_failed_label = _dream_engine.load_failed

default dream_place = ""
default dream_film = None
