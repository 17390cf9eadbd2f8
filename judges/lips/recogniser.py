"""What pocketsphinx hears: phones without words, to compare with, and the phones of words that are known.

Its US English acoustic model is in the wheel. Used to judge films and the listener, never by the product.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pocketsphinx import Config, Decoder, get_model_path

from limelight.speech.types import Phoneme

_HOP_S = 0.010
#: ARPAbet in misaki's alphabet.
ARPABET: dict[str, str] = {
    "AA": "ɑ", "AE": "æ", "AH": "ʌ", "AO": "ɔ", "AW": "W", "AY": "I", "EH": "ɛ", "ER": "ɚ", "EY": "A", "IH": "ɪ",
    "IY": "i", "OW": "O", "OY": "Y", "UH": "ʊ", "UW": "u", "B": "b", "CH": "ʧ", "D": "d", "DH": "ð", "F": "f",
    "G": "ɡ", "HH": "h", "JH": "ʤ", "K": "k", "L": "l", "M": "m", "N": "n", "NG": "ŋ", "P": "p", "R": "ɹ", "S": "s",
    "SH": "ʃ", "T": "t", "TH": "θ", "V": "v", "W": "w", "Y": "j", "Z": "z", "ZH": "ʒ",
}  # fmt: skip


def phones(sound: NDArray[np.float32]) -> list[Phoneme]:
    """What is heard in mono 16 kHz sound when nothing is known of it."""
    model = Path(get_model_path()) / "en-us"
    decoder = Decoder(
        Config(
            hmm=str(model / "en-us"),
            allphone=str(model / "en-us-phone.lm.bin"),
            allphone_ci=False,
            lm=None,
            dict=None,
            lw=2.0,
            beam=1e-10,
            pbeam=1e-10,
            loglevel="FATAL",
        )
    )
    _decode(decoder, sound)
    return _named((s.word, s.start_frame, s.end_frame + 1) for s in decoder.seg() or ())


def aligned(sound: NDArray[np.float32], text: str) -> list[Phoneme] | None:
    """The phones of known words; None where a word is unknown or the words do not fit the sound."""
    decoder = Decoder(lm=None, loglevel="FATAL")
    words = [w for w in re.sub(r"[^a-z' ]", " ", text.lower().replace("-", " ")).split() if w.strip("'")]
    words = [w.strip("'") if decoder.lookup_word(w) is None else w for w in words]
    if not words or any(decoder.lookup_word(w) is None for w in words):
        return None
    try:
        decoder.set_align_text(" ".join(words))
        _decode(decoder, sound)
        if decoder.hyp() is None:
            return None
        decoder.set_alignment()
        _decode(decoder, sound)
        alignment = decoder.get_alignment()
    except RuntimeError:
        return None
    return _named((p.name, p.start, p.start + p.duration) for w in alignment for p in w) if alignment else None


def _decode(decoder: Decoder, sound: NDArray[np.float32]) -> None:
    decoder.start_utt()
    decoder.process_raw(np.clip(sound * 32768, -32768, 32767).astype("<i2").tobytes(), full_utt=True)
    decoder.end_utt()


def _named(found: Iterable[tuple[str, int, int]]) -> list[Phoneme]:
    # Its windows are centred 8 ms later than its indices, but so closures end 6 ms after the sound rises, not 14.
    return [Phoneme(ARPABET[name], start * _HOP_S, end * _HOP_S) for name, start, end in found if name in ARPABET]
