"""A script in, a scene's sound out: 48 kHz, one loudness, every phoneme and word in its time."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from limelight.spec import SAMPLE_RATE_HZ, WordEntry
from limelight.speech import audio
from limelight.speech.manners import Loud, Run, runs_of, shaped, with_gains
from limelight.speech.reader import ReadWord, read_sentence
from limelight.speech.script import Pause, Script, read_script
from limelight.speech.speaker import Speaker
from limelight.speech.timing import MODEL_RATE_HZ, Utterance, moved
from limelight.speech.types import Speech, Word
from limelight.speech.utter import utter

#: Silence before the first word and after the last one of a scene.
LEAD_IN_S = 0.20
TAIL_S = 0.40
#: Of an utterance's own silence this much is kept on either side: it holds the breath and the last echo.
_KEPT_BEFORE_S = 0.03
_KEPT_AFTER_S = 0.06
_FADE_IN_S = 0.005
_FADE_OUT_S = 0.03


def speak(
    script: str | Script,
    speaker: Speaker,
    speed: float = 1.0,
    pitch: float = 0.0,
    report: Callable[[int, int], None] | None = None,
    *,
    words: Sequence[WordEntry] = (),
) -> Speech:
    """The script, spoken.

    `speed` 0.5–2.0; `pitch` −20..20 as on the wire (clamped; 8 semitones up, 7 down, less for a
    deep voice). `words` are called as they say.
    `report(done, total)` counts sentences. The same arguments give the same samples. The words' texts, joined by
    spaces, are the script without its tags and marks.

    Raises ScriptInvalid (see `script`), or SpeechError where the model cannot be had or fails.
    """
    script = script if isinstance(script, Script) else read_script(script, limit=max(len(script), 1))
    shift = audio.semitones(pitch, speaker.measure.lowest_semitones)
    total = len(script.sentences)
    track = [Speech.silence(LEAD_IN_S)]
    louds: list[Loud] = []
    gap_s = at_s = 0.0
    done = 0
    for part in script.parts:
        if isinstance(part, Pause):
            track.append(Speech.silence(part.duration_s))
            continue
        if gap_s:
            track.append(Speech.silence(gap_s))
        at_s = sum(len(one.samples) for one in track) / SAMPLE_RATE_HZ
        read = read_sentence(part, words, british=speaker.is_british)
        runs = runs_of(read, part.manners)
        said, own = speak_sentence(read, speaker, speed, shift, runs=runs)
        track.append(said)
        louds += [loud.moved(at_s) for loud in own]
        pace = speed * (runs[-1].manner.rate if runs else 1.0)
        gap_s = max(0.0, part.gap_s / pace - _KEPT_BEFORE_S - _KEPT_AFTER_S)
        done += 1
        if report:
            report(done, total)
    track.append(Speech.silence(TAIL_S))
    speech = Speech.join(track)
    return Speech(with_gains(audio.normalised(speech.samples), louds), speech.phonemes, speech.words)


def speak_sentence(
    words: Sequence[ReadWord],
    speaker: Speaker,
    speed: float = 1.0,
    semitones: float = 0.0,
    *,
    runs: Sequence[Run] = (),
) -> tuple[Speech, list[Loud]]:
    """One sentence at 48 kHz, trimmed to its sound, faded at both ends, at the voice's own level.

    What the model's own speed cannot do well is done by stretching, and so is what `runs` of words ask for; where they
    are to be louder or softer is said beside, in seconds of the sentence. Raises SpeechError.
    """
    utterance, faster = utter(words, speaker, speed)
    if not utterance.phonemes:
        return Speech(np.zeros(0, np.float32), (), utterance.words), []
    shape = shaped(utterance, runs, speed=faster, semitones=semitones)
    utterance = shape.utterance
    speech, cut_s = _trimmed(utterance)
    return speech, [loud.moved(-cut_s).within(speech.duration_s) for loud in shape.louds]


def _trimmed(utterance: Utterance) -> tuple[Speech, float]:
    """The sound cut at whole samples, times shifted by what was cut; and how much that was, seconds."""
    low = max(0, int((utterance.phonemes[0].start_s - _KEPT_BEFORE_S) * MODEL_RATE_HZ))
    high = min(len(utterance.samples), int((utterance.phonemes[-1].end_s + _KEPT_AFTER_S) * MODEL_RATE_HZ) + 1)
    cut_s = low / MODEL_RATE_HZ
    sound = audio.resample(utterance.samples[low:high], MODEL_RATE_HZ)
    speech = Speech(
        audio.faded(sound, SAMPLE_RATE_HZ, _FADE_IN_S, _FADE_OUT_S),
        tuple(moved(p, -cut_s) for p in utterance.phonemes),
        tuple(Word(w.text, w.start_s - cut_s, w.end_s - cut_s) for w in utterance.words),
    )
    return speech, cut_s
