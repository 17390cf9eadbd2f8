"""Measures the shipped voices: their pace and level by the length of a sentence, for `limelight.catalog.voices`.

    python -m tools.voices.measures                    those whose styles have changed, or that are new
    python -m tools.voices.measures --all --usual      all of them; and what the common pace is

Two minutes of a core for each voice of the large model. `--usual` prints what `speech.measure.USUAL_S` has to be; all
have to be measured again where it changes.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any

import numpy as np

from limelight.catalog.voices import MEASURES, shipped_voices
from limelight.speech.measure import OPENINGS, USUAL_S, measured

#: Of the mean pace of the voices left alone. LJ Speech's reader says 12.1 sounds a second, the styles 13.4.
COMMON_PACE = 0.9


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
            row = {"style": style, **asdict(measured(entry.speaker, openings=len(OPENINGS)))}
            print(entry.name, row, flush=True)
        kept[entry.voice_id] = row
        MEASURES.write_text(json.dumps({**rows, **kept}, indent=1) + "\n", "utf-8")
    MEASURES.write_text(json.dumps(kept, indent=1) + "\n", "utf-8")
    if args.usual:
        print(usual_s(kept.values()))


def usual_s(rows: Iterable[dict[str, Any]]) -> float:
    """What `USUAL_S` has to be for voices of these measures."""
    return USUAL_S / float(np.exp(np.mean([np.log(row["pace"]) for row in rows]))) / COMMON_PACE


if __name__ == "__main__":
    main()
