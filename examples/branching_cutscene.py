"""A cutscene that branches, in the terminal: python branching_cutscene.py OUT [--skip] [OPTION ...]

The daemon plays arrival.dream.json; this program asks the player, and writes a picture when a shot begins and when it asks. With
--skip it goes to each choice, and to the end, at once.
"""

import argparse
import time
from pathlib import Path

import dreambridge
from dreambridge.client.cutscene import Cutscene
from PIL import Image

SCENE = Path(__file__).with_name("arrival.dream.json")


def play(stream: dreambridge.Stream, answers: list[str], skipping: bool, out: Path) -> Cutscene:
    """Play to the end; an answer is the id of an option, and without one the player is asked."""
    scene = stream.cutscene(SCENE)
    scene.play()
    ended = False
    while not ended:
        for event in scene.take_events():
            print(event.happened, event.shot)
            Image.fromarray(stream.frame(timeout=10.0).pixels).save(out / f"{event.shot}_{event.happened}.png")
            if event.happened == "choice":
                for option in event.options:
                    print(f"  {option.id}: {option.text}")
                scene.choose(answers.pop(0) if answers else input("> "))
            elif event.happened == "waiting":
                scene.signal(event.name)  # in a game: when the door is open, the boat has landed ...
            elif event.happened == "shot" and skipping:
                scene.skip()
            ended = event.happened == "ended"
        time.sleep(0.01)
    return scene


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition(":")[0])
    parser.add_argument("out", metavar="OUT", type=Path, help="folder of the results")
    parser.add_argument("answers", metavar="OPTION", nargs="*", help="pay or refuse; you are asked for what is missing")
    parser.add_argument("--skip", action="store_true", help="go to each choice, and to the end, at once")
    given = parser.parse_intermixed_args()
    given.out.mkdir(parents=True, exist_ok=True)
    with dreambridge.start() as daemon, daemon.open("vista", seed=7) as opened:
        try:
            print("at the end:", play(opened, given.answers, given.skip, given.out).variables)
        except dreambridge.DreamError as e:
            parser.error(f"{e.message} {e.hint}")
