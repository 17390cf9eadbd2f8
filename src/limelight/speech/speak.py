"""A script in, a scene's speech out: sound at 48 kHz and one loudness, with timed phonemes and words."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from limelight.spec import SAMPLE_RATE_HZ, WordEntry
from limelight.speech import audio
from limelight.speech.prosody import GainSpan, Run, runs_of, shaped, with_gains
from limelight.speech.reader import ReadWord, read_sentence
from limelight.speech.script import Pause, Script, read_script
from limelight.speech.speaker import Speaker
from limelight.speech.timing import MODEL_RATE_HZ, Utterance, shifted
from limelight.speech.types import Speech, Track, Word
from limelight.speech.utter import utter

#: Silence before the first word and after the last one of a scene.
LEAD_IN_S = 0.20
TAIL_S = 0.40
#: Each utterance keeps this much of the model's silence around it, which has the breath and the last echo.
_MARGIN_BEFORE_S = 0.03
_MARGIN_AFTER_S = 0.06
_FADE_IN_S = 0.005
_FADE_OUT_S = 0.03


def speak(
    script: str | Script,
    speaker: Speaker,
    speed: float = 1.0,
    pitch: float = 0.0,
    *,
    words: Sequence[WordEntry] = (),
) -> Speech:
    """The script, spoken: mono, 48 kHz, with timed phonemes and words.

    `speed` 0.5 to 2.0; `pitch` −20 to 20 as in the API (clamped; up to 8 semitones up or 7 down, less for a deep
    voice); `words` is a word list for the script. The same arguments give the same samples. The texts of the speech's
    words, joined by spaces, are the script without its markup.

    Raises ScriptInvalid (see `script`), or SpeechError where the model is missing or fails.
    """
    script = script if isinstance(script, Script) else read_script(script, limit=max(len(script), 1))
    shift = audio.semitones(pitch, speaker.measure.lowest_semitones)
    track = Track()
    track.add(Speech.silence(LEAD_IN_S))
    gains: list[GainSpan] = []
    gap_s = 0.0
    for part in script.parts:
        if isinstance(part, Pause):
            track.add(Speech.silence(part.duration_s))
            continue
        if gap_s:
            track.add(Speech.silence(gap_s))
        read = read_sentence(part, words, british=speaker.is_british)
        runs = runs_of(read, part.prosody)
        sentence, own = speak_sentence(read, speaker, speed, shift, runs=runs)
        gains += [gain.shifted(track.duration_s) for gain in own]
        track.add(sentence)
        pace = speed * (runs[-1].prosody.rate if runs else 1.0)
        gap_s = max(0.0, part.gap_s / pace - _MARGIN_BEFORE_S - _MARGIN_AFTER_S)
    track.add(Speech.silence(TAIL_S))
    speech = track.speech()
    return Speech(with_gains(audio.loudness_normalised(speech.samples), gains), speech.phonemes, speech.words)


def speak_sentence(
    words: Sequence[ReadWord],
    speaker: Speaker,
    speed: float = 1.0,
    semitones: float = 0.0,
    *,
    runs: Sequence[Run] = (),
) -> tuple[Speech, list[GainSpan]]:
    """One sentence at 48 kHz, trimmed, faded at both ends, at the voice's own level; and its gains, still to apply.

    Time stretching makes the speeds that the model does not speak well, and the rate and pitch of `runs`. Raises
    SpeechError.
    """
    utterance, stretch = utter(words, speaker, speed)
    if not utterance.phonemes:
        return Speech(np.zeros(0, np.float32), (), utterance.words), []
    shape = shaped(utterance, runs, speed=stretch, semitones=semitones)
    utterance = shape.utterance
    speech, cut_s = _trimmed(utterance)
    return speech, [gain.shifted(-cut_s).within(speech.duration_s) for gain in shape.gains]


def _trimmed(utterance: Utterance) -> tuple[Speech, float]:
    """The utterance without most of the silence around it; and how much was cut from its beginning, seconds."""
    low = max(0, int((utterance.phonemes[0].start_s - _MARGIN_BEFORE_S) * MODEL_RATE_HZ))
    high = min(len(utterance.samples), int((utterance.phonemes[-1].end_s + _MARGIN_AFTER_S) * MODEL_RATE_HZ) + 1)
    cut_s = low / MODEL_RATE_HZ
    sound = audio.resample(utterance.samples[low:high], MODEL_RATE_HZ)
    audio.fade(sound, SAMPLE_RATE_HZ, _FADE_IN_S, _FADE_OUT_S)
    speech = Speech(
        sound,
        tuple(shifted(p, -cut_s) for p in utterance.phonemes),
        tuple(Word(w.text, w.start_s - cut_s, w.end_s - cut_s) for w in utterance.words),
    )
    return speech, cut_s
