"""Names that no model knows in; speech that is full of them out, with its text, to fine-tune on and to judge with.

    uv run --group samples python -m samples.jargon jargon
    meetbot finetune prepare jargon/manifest.jsonl -o DATA --held-back 0.35
    meetbot finetune run DATA --model base --lora --as base-ours

A team's products and people are invented, and so are the sentences. Every voice has frames of its own, so that
whoever is held back says sentences whose words nobody trained on but the names. The voices are Kokoro's: what is
learnt is how to spell what is heard, not how people speak.
"""

from __future__ import annotations

import argparse
import json
import random
from pathlib import Path

import soundfile

from samples.voices import SAMPLE_RATE, Voices

NAMES = (
    "Quellwerk", "Zintara", "Plovik", "Marnost", "Orvanta", "Keldrix", "Tessivo", "Branwyk", "Yolmera", "Fendalo",
    "Sorvekt", "Hulmagen", "Drivanor", "Caskelo", "Nemblit", "Wexarium",
)  # fmt: skip
FRAMES = {
    "af_heart": (
        "{} is slower since we moved it behind {}.",
        "Could somebody look at the errors that {} sends to {}?",
        "The invoice for {} came in yesterday, and {} is still open.",
        "We should not release {} before {} has been tested.",
    ),
    "am_michael": (
        "I spoke to the people at {}, they want to keep {}.",
        "Nobody told me that {} depends on {}.",
        "The numbers of {} are better than those of {} this quarter.",
        "Let me share my screen and show you how {} talks to {}.",
    ),
    "bf_emma": (
        "{} needs two more engineers, otherwise {} has to wait.",
        "The contract with {} ends in March, and the one with {} in May.",
        "I would rather pay for {} than write {} again from scratch.",
        "Please add {} to the list, right below {}.",
    ),
    "bm_george": (
        "Our customers mix up {} and {} all the time.",
        "When {} was down on Friday, {} lost about forty orders.",
        "There is a workshop about {} next week, and {} is on the agenda too.",
        "The licence of {} does not allow us to ship {} with it.",
    ),
    "am_adam": (
        "First we migrate {}, and then we switch off {}.",
        "I have written a short guide to {} for everybody who knows {}.",
        "The new colleague starts with {} and moves on to {} later.",
        "What happens to {} if {} runs out of memory?",
    ),
    "af_bella": (
        "Security found a hole in {}, luckily {} is not affected.",
        "The board asked twice why {} costs more than {}.",
        "{} and {} will share one database from now on.",
        "My plan for today is to finish {} and to review {}.",
    ),
}  # fmt: skip
PER_FRAME = 4


def sentences(voice: str) -> list[str]:
    """What `voice` says: each of its frames with PER_FRAME pairs of names, the same every time.

    >>> sentences("af_heart")[0]
    'Caskelo is slower since we moved it behind Nemblit.'
    """
    rng = random.Random(voice)
    return [frame.format(*rng.sample(NAMES, 2)) for frame in FRAMES[voice] for _ in range(PER_FRAME)]


def main() -> None:
    """Speak everything into the folder that the command line names, with a manifest."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("output", type=Path, help="a folder")
    folder = parser.parse_args().output
    folder.mkdir(parents=True, exist_ok=True)
    voices, rows = Voices(), []
    for voice in FRAMES:
        for number, text in enumerate(sentences(voice)):
            path = folder / f"{voice}-{number:02d}.flac"
            language = "en-gb" if voice.startswith("b") else "en-us"
            soundfile.write(path, voices.speak(text, voice, language=language), SAMPLE_RATE)
            rows.append({"audio": path.name, "text": text, "language": "en", "speaker": voice, "corpus": "jargon"})
            print(f"\r{len(rows)}", end="", flush=True)
    lines = (json.dumps(row) + "\n" for row in rows)
    (folder / "manifest.jsonl").write_text("".join(lines), encoding="utf-8")
    print()


if __name__ == "__main__":
    main()
