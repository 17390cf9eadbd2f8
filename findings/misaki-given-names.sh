#!/usr/bin/env bash
# misaki 0.9.4 (the dictionaries that Kokoro's phonemes come from), names 0.3.0 (given names of the US census).
#
# Guess: dictionaries of 183,000 English words, made for a speech model, know the commonest given names of the US;
#   what they lack is rare.
# Seen: of the 200 commonest women's and the 200 commonest men's given names 172 are in neither dictionary under any case,
#   Patricia, Linda, Margaret, Betty, Michelle and Angela among them; a fallback has to guess them. Two that are there are other
#   words: "beth" has the vowel of "bait", and "Karen" is the people of Burma, stressed on the second syllable.
#
# Output on 2026-11-29:
#   178399 words; 172 of 400 given names missing
#   missing: patricia, linda, margaret, dorothy, betty, michelle, kimberly, shirley, cynthia, angela, …
#   beth bˈAt karen kəɹˈɛn
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check --no-deps misaki==0.9.4 names==0.3.0
"$folder/venv/bin/python" - <<'PY'
import importlib.util
import json
from pathlib import Path

data = Path(importlib.util.find_spec("misaki").submodule_search_locations[0]) / "data"
words = {}
for part in ("us_silver", "us_gold"):
    words |= {key.lower(): value for key, value in json.loads((data / f"{part}.json").read_text("utf-8")).items()}
folder = Path(importlib.util.find_spec("names").submodule_search_locations[0])
given = []
for file in ("dist.female.first", "dist.male.first"):
    given += [line.split()[0].lower() for line in (folder / file).read_text("ascii").splitlines()[:200]]
missing = [name for name in given if name not in words]
print(f"{len(words)} words; {len(missing)} of {len(given)} given names missing")
print("missing:", ", ".join(missing[:10]), "…")
print("beth", words["beth"], "karen", words["karen"])
assert (len(words), len(missing)) == (178_399, 172), "the dictionaries have changed"
assert (words["beth"], words["karen"]) == ("bˈAt", "kəɹˈɛn"), "these two have changed"
PY
