"""An Ink story in the terminal, and a picture that follows its mood: python dialogue_mood.py OUT [ANSWER ...]

Needs `pip install bink`. The directions are in the story: harbour.ink.
"""

import argparse
from pathlib import Path

import dreambridge
from dreambridge.story import Director
from dreambridge.story.ink import InkStory
from PIL import Image

STORY = Path(__file__).with_name("harbour.ink.json")


def play(stream: dreambridge.Stream, answers: list[int], out: Path) -> None:
    """Tell the story; before each choice, write the picture that the player sees. ValueError for a number that is not offered."""
    from bink.story import story_from_file

    story = InkStory(story_from_file(str(STORY)), Director(stream))
    number = 0
    while True:
        while line := story.next():
            print(line.text.strip())
        Image.fromarray(stream.frame(timeout=10.0).pixels).save(out / f"mood_{number}.png")
        number += 1
        if not story.choices:
            return
        for c in story.choices:
            print(f"  {c.index + 1}. {c.text}")
        answer = answers.pop(0) if answers else int(input("> "))
        if not 1 <= answer <= len(story.choices):
            raise ValueError(f"{answer} is not offered: answer with 1 to {len(story.choices)}.")
        story.choose(answer - 1)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition(":")[0])
    parser.add_argument("out", metavar="OUT", type=Path, help="folder of the results")
    parser.add_argument(
        "answers", metavar="ANSWER", type=int, nargs="*", help="number of a choice; you are asked for what is missing"
    )
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    with dreambridge.start() as daemon, daemon.open("vista", seed=7) as stream:
        try:
            play(stream, given.answers, given.out)
        except (ImportError, ValueError) as e:
            parser.error(str(e))
        print({name: value for name, value in stream.values.items() if value is not None})
