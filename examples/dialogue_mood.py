"""An Ink story in the terminal, and a picture that follows its mood: python dialogue_mood.py OUT [ANSWERS ...]

Needs `pip install bink`. The directions are in the story: harbour.ink.
"""

import sys
from collections.abc import Iterator
from pathlib import Path

import dreambridge
from bink.story import story_from_file
from dreambridge.story import Director
from dreambridge.story.ink import InkStory
from PIL import Image

STORY = Path(__file__).with_name("harbour.ink.json")


def play(stream: dreambridge.Stream, answers: Iterator[str], out: Path) -> None:
    """Tell the story; before each choice, write the picture that the player sees."""
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
        story.choose(int(next(answers)) - 1)


if __name__ == "__main__":
    folder, *given = sys.argv[1:]
    Path(folder).mkdir(parents=True, exist_ok=True)
    with dreambridge.start() as daemon, daemon.open("vista", seed=7) as stream:
        play(stream, iter(given) if given else iter(lambda: input("> "), ""), Path(folder))
        print({name: value for name, value in stream.values.items() if value is not None})
