"""A script in, a scene's sound out: 48 kHz, one loudness, every phoneme and word in its time."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from limelight.spec import SAMPLE_RATE_HZ
from limelight.speech import audio
from limelight.speech.kokoro import MAX_MODEL_SPEED, MIN_MODEL_SPEED, MODEL_RATE_HZ, Utterance, kokoro, moved
from limelight.speech.script import Pause, Sentence, parse_script
from limelight.speech.types import Speech, Word

#: Silence before the first word and after the last one of a scene.
LEAD_IN_S = 0.20
TAIL_S = 0.40
#: Of an utterance's own silence this much is kept on either side: it holds the breath and the last echo.
_KEPT_BEFORE_S = 0.03
_KEPT_AFTER_S = 0.06
_FADE_IN_S = 0.005
_FADE_OUT_S = 0.03


def speak(
    script: str,
    style: Mapping[str, float],
    speed: float = 1.0,
    pitch: float = 0.0,
    report: Callable[[int, int], None] | None = None,
    *,
    own_semitones: float = 0.0,
) -> Speech:
    """The script, spoken.

    `style` blends Kokoro's styles by weight; `speed` 0.5–2.0; `pitch` −20..20 as on the wire (clamped; 8 semitones
    up, 7 down), on top of `own_semitones`, by which the voice itself differs from its style. `report(done, total)`
    counts sentences. The same arguments give the same samples. The words' texts, joined by spaces, are the script
    without its break tags.

    Raises ScriptInvalid (see `script`), or SpeechError where the model cannot be had or fails.
    """
    parts = parse_script(script, limit=max(len(script), 1))
    shift = audio.semitones(pitch, own_semitones)
    total = sum(isinstance(part, Sentence) for part in parts)
    track = [Speech.silence(LEAD_IN_S)]
    gap_s = 0.0
    done = 0
    for part in parts:
        if isinstance(part, Pause):
            track.append(Speech.silence(part.duration_s))
            continue
        if gap_s:
            track.append(Speech.silence(gap_s))
        track.append(speak_sentence(part.text, style, speed, shift))
        gap_s = max(0.0, part.gap_s / speed - _KEPT_BEFORE_S - _KEPT_AFTER_S)
        done += 1
        if report:
            report(done, total)
    track.append(Speech.silence(TAIL_S))
    speech = Speech.join(track)
    return Speech(audio.normalised(speech.samples), speech.phonemes, speech.words)


def speak_sentence(text: str, style: Mapping[str, float], speed: float = 1.0, semitones: float = 0.0) -> Speech:
    """One sentence at 48 kHz, trimmed to its sound, faded at both ends, at the model's own level.

    What the model's own speed cannot do well is done by stretching. Raises SpeechError.
    """
    model_speed = min(max(speed, MIN_MODEL_SPEED), MAX_MODEL_SPEED)
    utterance = kokoro().say(text, style, model_speed)
    if not utterance.phonemes:
        return Speech(np.zeros(0, np.float32), (), utterance.words)
    samples = audio.stretch(utterance.samples, MODEL_RATE_HZ, speed=speed / model_speed, semitones=semitones)
    return _trimmed(utterance, samples, len(samples) / len(utterance.samples))


def _trimmed(utterance: Utterance, samples: audio.Samples, scale: float) -> Speech:
    """`samples` are the utterance's, `scale` times as long; cut at whole samples, times shifted by what was cut."""
    first = utterance.phonemes[0].start_s * scale - _KEPT_BEFORE_S
    last = utterance.phonemes[-1].end_s * scale + _KEPT_AFTER_S
    low = max(0, int(first * MODEL_RATE_HZ))
    high = min(len(samples), int(last * MODEL_RATE_HZ) + 1)
    cut_s = low / MODEL_RATE_HZ
    sound = audio.faded(audio.resample(samples[low:high], MODEL_RATE_HZ), SAMPLE_RATE_HZ, _FADE_IN_S, _FADE_OUT_S)
    return Speech(
        sound,
        tuple(moved(p, -cut_s, scale) for p in utterance.phonemes),
        tuple(Word(w.text, w.start_s * scale - cut_s, w.end_s * scale - cut_s) for w in utterance.words),
    )
