#!/usr/bin/env bash
# pysubs2 1.8.1, reading WebVTT and SubRip.
#
# Guess: times within a cue, which WebVTT has for karaoke and for words as they are said, are dropped or kept in the text,
#   however many; a line of figures at a caption's end is a line of the caption.
# Seen: a line of text with exactly two such times is taken for a timing line, though no arrow is on it: the cue is empty,
#   its words are gone, and a second empty caption begins at the first of the times. With one time, or three, the words stay.
#   In SubRip the last line of the file's last caption is gone where it has nothing but figures: it was taken for the number
#   of a caption that does not follow. Neither warns.
#
# Output on 2026-11-30 (start, end in ms, text):
#   1 time in a cue: [(1000, 4000, 'one <00:00:02.000>two')]
#   2 times in a cue: [(1000, 4000, ''), (2000, 3000, '')]
#   3 times in a cue: [(1000, 4000, 'one <00:00:02.000>two <00:00:03.000>three <00:00:04.000>four')]
#   SubRip, a year at the end: [(1000, 4000, 'In the year')]
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check pysubs2==1.8.1
"$folder/venv/bin/python" - <<'PY'
import pysubs2

WORDS = ("one", "two", "three", "four")


def read(text, form):
    return [(line.start, line.end, line.plaintext) for line in pysubs2.SSAFile.from_string(text, format_=form)]


def with_times(count):
    words = WORDS[0] + "".join(f" <00:00:0{i + 1}.000>{WORDS[i]}" for i in range(1, count + 1))
    return read(f"WEBVTT\n\n00:00:01.000 --> 00:00:04.000\n{words}\n", "vtt")


found = {count: with_times(count) for count in (1, 2, 3)}
for count, lines in found.items():
    print(f"{count} time{'s' * (count > 1)} in a cue: {lines}")
year = read("1\n00:00:01,000 --> 00:00:04,000\nIn the year\n2026\n", "srt")
print(f"SubRip, a year at the end: {year}")
assert "two" in found[1][0][2] and "four" in found[3][0][2], "other numbers of times lose words too now"
assert not any("two" in text for _, _, text in found[2]), "two times in a cue are read now"
assert year[0][2] == "In the year", "the last line of figures is read now"
PY
