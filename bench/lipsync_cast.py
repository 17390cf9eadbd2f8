"""Judges thirteen films, of each presenter, and prints the table of docs/quality.md.

    python bench/lipsync_cast.py --folder FILMS          films are kept in FILMS; what lies there is not rendered again
    python bench/lipsync_cast.py --folder FILMS --only Daisy Mateo
    python bench/lipsync_cast.py --folder FILMS --voices     one film of each voice instead, for docs/voices.md
    python bench/lipsync_cast.py --folder FILMS --filmed     two films of each filmed presenter, for docs/cast.md

Six voices, three speeds, from 5 seconds to 10 minutes (for the drift). The texts are not those that the acting was
tuned on (bench/lipsync.py). Exits with 1 where a goal is missed. Needs the tracker's environment, see
judges/lips/requirements.txt.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path
from typing import Any

from bench.lipsync import SIZE, judged, render, written
from limelight.catalog.avatars import presenters
from limelight.catalog.voices import shipped_voices, voice_named
from limelight.catalog.voices import voice as voice_by_id
from limelight.spec import Avatar, ColourBackground, Scene, TextVoice, VideoSpec

TEXTS = (
    "Before you begin, please check that the pump is switched off and that both valves are fully closed. Move the blue "
    "lever to the bottom, wait for five seconds, and then push the button above the display. If a warning appears, "
    "stop at once, and give us a call. Most problems are solved within a few minutes.",
    "Bees are more clever than most people believe. A worker that has found a field of flowers flies home and performs "
    "a dance, which shows the others how far they have to fly. Two thousand of them may visit a meadow in a single "
    "morning. Without their help, half of the food in our shops would vanish.",
    "Our museum opens at nine, except on Mondays. Follow the marble steps up to the first floor, where paintings from "
    "the Baroque period are waiting for you. Photographs are welcome, but please move slowly, keep your bags in front "
    "of you, and never touch the frames. Would you like to book a private tour? Just ask at the front.",
    "This week we improved the way that invoices are checked. Until now, somebody had to compare every number by hand, "
    "often on a Friday evening. From today, the system does most of that work, and a person only looks at what seems "
    "wrong. We believe that this will save about five hours a month for each of our offices.",
    "To make a simple soup, chop two onions and fry them in butter until they are soft and golden. Put in a cup of "
    "peas, some parsley and a pinch of pepper, and cover everything with water. Let it simmer for twenty minutes. "
    "Finally, blend it, add a spoonful of cream, and serve it warm with a piece of brown bread.",
    "What happens if a volcano erupts below the sea? The hot lava meets cold water, and its surface turns to stone "
    "within moments. Year after year more of it piles up, until an island rises above the waves. Moss, ferns and birds "
    "arrive before long. Every one of the islands of Hawaii was born in just this way.",
)


@dataclass(frozen=True, slots=True)
class Case:
    """One film."""

    presenter: str
    voice: str
    speed: float
    #: of `TEXTS`, to begin with
    text: int
    #: how many texts are said; 0: the first sentence of one
    texts: int

    @property
    def file(self) -> str:
        """Its name without a suffix."""
        return f"{self.presenter}{'' if self.texts else '-short'}"


@dataclass(frozen=True, slots=True)
class VoiceCase(Case):
    """One film of a voice."""

    @property
    def file(self) -> str:
        """Its name without a suffix."""
        return f"voice-{self.voice}"


@dataclass(frozen=True, slots=True)
class FilmedCase(Case):
    """One film of a filmed presenter."""

    @property
    def file(self) -> str:
        """Its name without a suffix."""
        return f"filmed-{self.presenter}-{self.voice}"


def filmed_cases() -> tuple[Case, ...]:
    """About 30 s of each filmed presenter with their own voice, and with another one."""
    other = {"female": "Beatrice", "male": "James"}
    found = [a for a in presenters() if "filmed" in a.tags]
    return tuple(
        FilmedCase(a.name, voice, 1.0, (2 * i + k) % len(TEXTS), 2)
        for i, a in enumerate(found)
        for k, voice in enumerate((voice_by_id(a.default_voice_id).name, other[a.gender]))
    )


def voice_cases() -> tuple[Case, ...]:
    """A film of one text of each voice, by a presenter of its gender."""
    return tuple(
        VoiceCase("Clara" if entry.gender == "female" else "Daniel", entry.name, 1.0, i % len(TEXTS), 1)
        for i, entry in enumerate(shipped_voices())
    )


CASES = (
    Case("Angela", "Jenny", 1.0, 0, 3),
    Case("Arjun", "James", 1.3, 1, 3),
    Case("Clara", "Clara", 1.0, 2, 36),
    Case("Daisy", "Grace", 1.3, 3, 3),
    Case("Daniel", "Theo", 1.0, 4, 3),
    Case("Josh", "Paul", 0.8, 5, 2),
    Case("Kristin", "Jenny", 0.8, 0, 2),
    Case("Lily", "Grace", 1.0, 1, 8),
    Case("Mateo", "Theo", 1.3, 2, 3),
    Case("Samuel", "James", 1.0, 3, 3),
    Case("Vanessa", "Clara", 0.8, 4, 2),
    Case("Wayne", "Paul", 1.0, 5, 3),
    Case("Angela", "Jenny", 1.0, 2, 0),
)
#: A scene says no more texts than this.
_PER_SCENE = 4


def specification(case: Case) -> VideoSpec:
    """A film of scenes that say the texts in turn."""
    presenter = next(a for a in presenters() if a.name == case.presenter)
    texts = list(islice(cycle(TEXTS[case.text :] + TEXTS[: case.text]), case.texts))
    if not texts:
        texts = [TEXTS[case.text].split(". ")[0] + "."]
    return VideoSpec(
        scenes=tuple(
            Scene(
                character=Avatar(avatar_id=presenter.avatar_id),
                voice=TextVoice(
                    voice_id=voice_named(case.voice).voice_id,
                    script=" ".join(texts[i : i + _PER_SCENE]),
                    speed=case.speed,
                ),
                background=ColourBackground(colour="#e8ecf2"),
            )
            for i in range(0, len(texts), _PER_SCENE)
        ),
        width=SIZE[0],
        height=SIZE[1],
    )


def measured(case: Case, folder: Path) -> Mapping[str, Any]:
    """What is measured of a film in `folder`, which is rendered where it is not there yet."""
    film = folder / f"{case.file}.mp4"
    if not film.is_file():
        render(specification(case), film)
    rows, sound = judged(film)
    numbers = written(rows, sound)
    film.with_suffix(".json").write_text(json.dumps(numbers, indent=2, ensure_ascii=False) + "\n")
    return numbers


def table(found: Sequence[tuple[Case, Mapping[str, Any]]]) -> str:
    """Markdown."""
    head = (
        "presenter, voice", "speed", "length", "offset", "r", "drift", "p b m", "f v", "opening", "width", "silence",
        "blinks", "missed",
    )  # fmt: skip
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    for case, n in found:
        cells = (
            f"{case.presenter}, {case.voice}",
            f"{case.speed}",
            f"{n['seconds']:.0f} s",
            f"{n['offset_ms']:+.0f} ms",
            f"{n['offset_r']:.2f}",
            f"{n['drift_ms']:+.0f} ms" if "drift_ms" in n else "–",
            *(_share(n, name) for name in ("closure", "labiodental", "opening_order", "width_order")),
            f"{n['silence_aperture']:.3f} ± {n['silence_restless']:.3f}" if "silence_aperture" in n else "–",
            f"{n['blinks_per_minute']:.0f}",
            ", ".join(n["missed"]),
        )
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _share(numbers: Mapping[str, Any], name: str) -> str:
    if f"{name}_share" not in numbers:
        return "–"
    part, of = numbers[f"{name}_share"], round(numbers[f"{name}_count"])
    return f"{100 * part:.0f} % of {of}"


def main() -> int:
    """Render, judge, print; 1 where a goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--only", nargs="*", metavar="NAME")
    parser.add_argument("--voices", action="store_true")
    parser.add_argument("--filmed", action="store_true")
    args = parser.parse_args()
    args.folder.mkdir(parents=True, exist_ok=True)
    found = []
    for case in voice_cases() if args.voices else filmed_cases() if args.filmed else CASES:
        if not args.only or case.presenter in args.only or case.voice in args.only:
            found.append((case, measured(case, args.folder)))
            print(case.file, found[-1][1]["missed"] or "ok", file=sys.stderr, flush=True)
    print(table(found))
    return 1 if any(n["missed"] for _, n in found) else 0


if __name__ == "__main__":
    raise SystemExit(main())
