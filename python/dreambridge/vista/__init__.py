"""Vista, the default model: a procedural world, a painter that gives the true picture, and a network that learned to paint it.

Needs the extra ``train`` (torch). The daemon never imports this package: it runs the exported bundle only.

Imports go one way, from the bottom of this list to its top (a test checks it)::

    world/      dimensions and their names, the stage and the game's own view: conditions -> planes
    painter/    the true picture: planes and conditions -> RGB                              imports world
    prompt/     the prompt head, and the sentences that it learns from                      imports weights
    network/    the painter network and the step graph around it                            imports world, painter, prompt
    training/   training data, the training loop, the truth that frames are measured with   imports all of the above
    export      checkpoint -> bundle                                                        imports all but training

``weights`` reads checkpoint files for all of them; the committed checkpoints are in ``checkpoints/``.
"""
