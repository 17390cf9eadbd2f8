"""Measures the shipped voices: their pace and level by the length of a sentence, for `limelight.catalog.voices`.

    python -m tools.voices.measures                    those whose styles have changed, or that are new
    python -m tools.voices.measures --all --usual      all of them; also how long the openings usually take

A minute of a core for each voice of the large model. `--usual` prints the mean durations that `speech.measure` states;
they are what all voices are brought to.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping
from dataclasses import asdict, replace

import numpy as np

from limelight.catalog.voices import MEASURES, shipped_voices
from limelight.speech.measure import OPENINGS, measured, opened
from limelight.speech.speaker import Measure


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--usual", action="store_true")
    args = parser.parse_args()
    rows = {} if args.all else json.loads(MEASURES.read_text("utf-8"))
    kept = {}
    for entry in shipped_voices():
        style = dict(entry.speaker.style) if isinstance(entry.speaker.style, Mapping) else None
        row = rows.get(entry.voice_id)
        if row is None or row["style"] != style:
            row = {"style": style, **asdict(measured(entry.speaker))}
            print(entry.name, row, flush=True)
        kept[entry.voice_id] = row
        MEASURES.write_text(json.dumps({**rows, **kept}, indent=1) + "\n", "utf-8")
    MEASURES.write_text(json.dumps(kept, indent=1) + "\n", "utf-8")
    if args.usual:
        print(usual_s())


def usual_s() -> list[float]:
    """The mean over voices and lengths of how long each opening takes, seconds."""
    means = []
    for opening in OPENINGS:
        durations = [
            opened(replace(entry.speaker, measure=Measure()), opening.timed, sentence).duration_s
            for entry in shipped_voices()
            for sentence in opening.sentences()
        ]
        means.append(round(float(np.exp(np.mean(np.log(durations)))), 3))
    return means


if __name__ == "__main__":
    main()
