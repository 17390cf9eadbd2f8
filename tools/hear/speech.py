"""Speech with exact labels to train the recogniser on: the product's own voice says random words of many languages.

`python tools/hear/speech.py DATA --minutes 60 --seed 0` writes `DATA/kokoro-SEED-N.npz`, each about a minute: `samples`
int16 at 16 kHz, `starts` and `ends` in seconds, `symbols` in misaki's alphabet. Many words are random syllables of
several languages, so that the recogniser does not learn only English. `--flite PATH` adds the voices of a flite
executable (BSD-like licence; Debian's package `flite`), which were made from other people's speech. `--corpus PATH`
adds a person's recordings with labels: `msu_ru_nsh_clunits` of Debian's `festvox-ru` (BSD-like).
"""

from __future__ import annotations

import argparse
import gzip
import importlib.resources
import itertools
import json
import re
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.io import wavfile

from limelight.speech.audio import resample
from limelight.speech.kokoro import Kokoro
from limelight.speech.reader import read_sentence
from limelight.speech.script import Sentence
from limelight.speech.styles import style_names, style_of
from limelight.speech.timing import MODEL_RATE_HZ, Samples, Symbol, aligned
from limelight.speech.types import Phoneme
from limelight.speech.utter import tokens_of, vocabulary

RATE_HZ = 16_000

#: language → (onsets, vowels, codas, letters after a vowel, stressed syllable), sounds apart by spaces. Codas and the
#: letters after a vowel may be empty.
LANGUAGES: dict[str, tuple[str, str, str, str]] = {
    "fr": (
        "p b t d k ɡ f v s z ʃ ʒ m n ɲ ʁ l j w ɥ pʁ bʁ tʁ dʁ kʁ fʁ vʁ pl bl kl p b m v",
        "i y u e ø o ɛ œ ɔ a ə ɑ̃ ɛ̃ ɔ̃ i a e y", "- - - - ʁ l s k t m n ʃ z b v", "last"),
    "es": (
        "p b t d k ɡ ɣ f θ s x ʧ m n ɲ l ʎ ɾ r j w pɾ bɾ tɾ kɾ fɾ pl bl p b m",
        "a e i o u a e o je we aj ej ja", "- - - - - s n ɾ l ð m", "before last"),
    "it": (
        "p b t d k ɡ f v s z ʃ ʦ ʣ ʧ ʤ m n ɲ l ʎ r sp st sk pr br tr p b m v",
        "a e i o u ɛ ɔ a o je wo", "- - - - - n r l s m", "before last"),
    "de": (
        "p b t d k ɡ f v s z ʃ h x j m n l ʁ ʦ pf ʃp ʃt ʃv bʁ tʁ bl p b m v f",
        "iː ɪ yː eː ɛ øː œ aː a oː ɔ uː ʊ aɪ aʊ ɔø ə", "- - n t s ç x m p f ŋ ʁ l st ts", "first"),
    "ru": (
        "p b t d k ɡ f v s z ʂ ʐ ɕ ʨ ʦ x m n l r j pʲ bʲ mʲ tʲ vʲ lʲ nʲ sʲ vz pr st sv p b m v",
        "a i ɨ u e o ə a o ja ju jo", "- - - j t k n m f x ʃ l r st", "any"),
    "zh": (
        "p pʰ m f t tʰ n l k kʰ x ʨ ʨʰ ɕ ꭧ ꭧʰ ʂ ɻ ʦ ʦʰ s j w p m f",
        "a o ɤ i u y ə ɨ aɪ eɪ aʊ oʊ ja jɛ wo wa jaʊ ju", "- - - n ŋ n ŋ", "tone"),
    "ja": (
        "k s ɕ t ʨ ʦ n ɲ h ç ɸ m j ɾ w ɡ z ʥ d b p kj mj ɾj m b",
        "a i ɯ e o a i e o aː oː ɯː eː", "- - - - ɴ ɴ", "none"),
    "hi": (
        "p b t d ʈ ɖ k ɡ pʰ bʰ tʰ dʰ kʰ ʧ ʤ ʧʰ m n ɳ s ʃ h l ɾ ʋ j p b m ʋ",
        "ə aː ɪ iː ʊ uː eː oː ɛː ɔː", "- - - n m ɾ l t k", "first"),
    "ar": (
        "b t d k q f θ ð s z ʃ x ɣ h ħ ʔ ʕ ʤ m n l r j w b m f",
        "a i u aː iː uː aj aw", "- - - n m r l b t d s", "any"),
    "pt": (
        "p b t d k ɡ f v s z ʃ ʒ m n ɲ l ʎ ɾ ʁ pɾ bɾ tɾ p b m v",
        "a ɐ e ɛ i o ɔ u ɐ̃ ẽ õ ɐ̃w̃ ej oj", "- - - - ʃ ɾ l", "before last"),
    "vi": (
        "b m f v t tʰ d n z ʐ s ʂ ʧ ʈ ɲ l k x ɣ ŋ h w m b f",
        "a ɛ e i ɔ o u ɯ ɤ ə iə uə", "- - n ŋ m p t k j w", "tone"),
}  # fmt: skip
_TONES = ("↓", "→", "↗", "↘", "")
#: Every second word of English speech is one of these.
_SMALL_WORDS = (  # noqa: SIM905 (a list would be longer than the page)
    "the of and a to in is you that it he was for on are as with his they I at be this have from or one had by but "
    "not what all were we when your can said there use an each which she do how their if will up other about out many "
    "then them these so some her would make like him into time has look two more write go see no way could people my "
    "than first been call who its now find long down day did get come made may part maybe before back people problem"
).split()  # fmt: skip


def english(rng: np.random.Generator, words: list[str]) -> str:
    """English words in random order, with punctuation."""
    text = []
    for _ in range(int(rng.integers(6, 22))):
        text.append(str(rng.choice(_SMALL_WORDS) if rng.random() < 0.5 else rng.choice(words)))
        if rng.random() < 0.12:
            text[-1] += str(rng.choice([",", ".", "?", " –", ";"]))
    return " ".join(text) + str(rng.choice([".", "?", "!"]))


def foreign(rng: np.random.Generator, language: str) -> list[Symbol]:
    """Random words of a language's phonemes, as the model's symbols."""
    onsets, vowels, codas, stress = (field.split(" ") for field in LANGUAGES[language])
    text = ""
    for _ in range(int(rng.integers(4, 15))):
        count = int(rng.choice([1, 2, 2, 3, 3, 4])) if stress != ["tone"] else int(rng.choice([1, 2]))
        accent = {"first": 0, "last": count - 1, "before last": max(count - 2, 0)}.get(
            " ".join(stress), int(rng.integers(count))
        )
        for k in range(count):
            onset = "" if rng.random() < 0.12 else str(rng.choice(onsets))
            vowel = str(rng.choice(vowels))
            if k == accent and stress[0] not in ("tone", "none"):
                vowel = "ˈ" + vowel
            coda = str(rng.choice(codas)).replace("-", "") if k == count - 1 or rng.random() < 0.4 else ""
            tone = str(rng.choice(_TONES)) if stress == ["tone"] else ""
            text += onset + vowel + coda + tone
        text += str(rng.choice([" ", " ", " ", " ", " ", ", ", ". "]))
    text = text.strip(" ,.") + str(rng.choice([".", "?"]))
    return [Symbol(c, 0 if c.isalpha() or c in "ˈːʰʲ̃" else -1) for c in text]


def voice(rng: np.random.Generator) -> NDArray[np.float32]:
    """A voice that nobody has, float32 (510, 256): the timbre of one blend of styles with the prosody of another."""
    names = style_names()

    def blend() -> NDArray[np.float32]:
        weights = rng.dirichlet([0.5] * len(names))
        if rng.random() < 0.4:
            # Beyond the styles themselves, away from their mean.
            weights = weights + 0.4 * (weights - 1 / len(names))
        out: NDArray[np.float32] = np.zeros((510, 256), np.float32)
        for name, weight in zip(names, weights, strict=True):
            out += style_of({name: 1.0}) * np.float32(weight)
        return out

    timbre, prosody = blend(), blend()
    timbre[:, 128:] = prosody[:, 128:]
    return timbre


def say(model: Kokoro, rng: np.random.Generator, words: list[str]) -> tuple[Samples, list[Phoneme]]:
    """A sentence at 16 kHz and its phonemes in time."""
    if rng.random() < 0.5:
        symbols = tokens_of(read_sentence(Sentence(english(rng, words))))[:300]
    else:
        symbols = foreign(rng, str(rng.choice(list(LANGUAGES))))[:300]
        symbols = [s for s in symbols if s.text in vocabulary()]
    sound, durations, _ = model.run([vocabulary()[s.text] for s in symbols], voice(rng), float(rng.uniform(0.75, 1.3)))
    # Aspiration after a stop does not belong to it: the lips are apart again.
    symbols = [replace(s, text="h") if s.text == "ʰ" else s for s in symbols]
    return resample(sound, MODEL_RATE_HZ, RATE_HZ), [p for p, _ in aligned(symbols, durations, sound, model.lag_s)]


#: flite's phones in misaki's alphabet.
FLITE = dict(
    aa="ɑ", ae="æ", ah="ʌ", ao="ɔ", aw="W", ax="ə", ay="I", b="b", ch="ʧ", d="d", dh="ð", eh="ɛ", er="ɚ", ey="A",
    f="f", g="ɡ", hh="h", ih="ɪ", iy="i", jh="ʤ", k="k", l="l", m="m", n="n", ng="ŋ", ow="O", oy="Y", p="p", r="ɹ",
    s="s", sh="ʃ", t="t", th="θ", uh="ʊ", uw="u", v="v", w="w", y="j", z="z", zh="ʒ",
)  # fmt: skip
FLITE_VOICES = ("kal16", "awb", "rms", "slt")


def flite_says(program: Path, rng: np.random.Generator, words: list[str]) -> tuple[Samples, list[Phoneme]]:
    """A sentence by one of flite's voices; `-psdur` prints the ends of its phones."""
    with tempfile.TemporaryDirectory() as folder:
        wave = Path(folder) / "said.wav"
        asked = [str(program), "-voice", str(rng.choice(FLITE_VOICES)), "-psdur", "-o", str(wave)]
        asked += ["--setf", f"duration_stretch={rng.uniform(0.75, 1.25):.2f}"]
        asked += ["-t", english(rng, words).replace(" –", ",")]
        printed = subprocess.run(asked, capture_output=True, text=True, check=True).stdout
        rate_hz, samples = wavfile.read(wave)
    sound = resample((samples / 32768).astype(np.float32), rate_hz, RATE_HZ)
    phones, at_s, shift_s = [], 0.0, 0.0
    for name, end in re.findall(r"(\w+):([\d.]+)", printed):
        end_s = float(end)
        if end_s < at_s - 1e-6:  # each sentence of a text begins anew
            shift_s, at_s = shift_s + at_s, 0.0
        if name in FLITE:
            phones.append(Phoneme(FLITE[name], shift_s + at_s, shift_s + end_s))
        at_s = end_s
    return sound, phones


#: The phones of Russian as festvox-ru names them: doubled vowels are stressed, doubled consonants soft.
RUSSIAN = dict(
    aa="a", a="ɐ", ay="ə", ae="ɪ", ee="e", e="e", ii="i", i="ɪ", yy="ɨ", y="ɨ", oo="o", uu="u", u="u", ur="ʊ",
    c="ʦ", ch="ʨ", sch="ɕ", sh="ʂ", zh="ʐ", h="x", hh="x", g="ɡ", gg="ɡ",
)  # fmt: skip


def recorded(folder: Path) -> Iterator[tuple[Samples, list[Phoneme]]]:
    """Sentences of a corpus: `wav/NAME.wav` and `lab/NAME.lab`, whose lines are the end, a number and a phone."""
    for path in sorted((folder / "wav").glob("*.wav")):
        lines = (folder / "lab" / f"{path.stem}.lab").read_text().split("#", 1)[1].split("\n")
        rate_hz, samples = wavfile.read(path)
        phones, at_s = [], 0.0
        for end, _, name in (line.split()[:3] for line in lines if line.strip()):
            if name not in ("pau", "#"):
                symbol = RUSSIAN.get(name, name[0])
                phones.append(Phoneme(symbol, at_s, float(end)))
            at_s = float(end)
        yield resample((samples / 32768).astype(np.float32), rate_hz, RATE_HZ), phones


def main() -> None:
    """Write minutes of speech to a folder."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("folder", type=Path)
    arguments.add_argument("--minutes", type=float, default=60)
    arguments.add_argument("--seed", type=int, default=0)
    arguments.add_argument("--flite", type=Path)
    arguments.add_argument("--corpus", type=Path)
    arguments.add_argument("--threads", type=int, default=1)
    args = arguments.parse_args()
    args.folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng([args.seed, bool(args.flite)])
    lexicon = json.loads(
        gzip.decompress((importlib.resources.files("hibari") / "assets/lexicon_us_gold.json.gz").read_bytes())
    )
    words = [w for w in lexicon if w.isalpha() and w.islower() and len(w) > 2]
    if args.corpus:
        source, kind = recorded(args.corpus), args.corpus.name
    elif args.flite:
        source, kind = (flite_says(args.flite, rng, words) for _ in itertools.count()), "flite"
    else:
        model = Kokoro(threads=args.threads)
        source, kind = (say(model, rng, words) for _ in itertools.count()), "kokoro"
    total_s = 0.0
    for part in itertools.count():
        said: list[tuple[Samples, list[Phoneme]]] = []
        while sum(len(sound) for sound, _ in said) < 60 * RATE_HZ and (more := next(source, None)):
            said.append(more)
        if not said or total_s > 60 * args.minutes:
            break
        first_s = np.cumsum([0] + [len(sound) for sound, _ in said]) / RATE_HZ
        phones = [(p, at_s) for (_, phonemes), at_s in zip(said, first_s, strict=False) for p in phonemes]
        np.savez(
            args.folder / f"{kind}-{args.seed}-{part:03d}.npz",
            samples=np.clip(np.concatenate([s for s, _ in said]) * 32768, -32768, 32767).astype(np.int16),
            starts=[at_s + p.start_s for p, at_s in phones],
            ends=[at_s + p.end_s for p, at_s in phones],
            symbols=[p.symbol for p, _ in phones],
        )
        total_s += float(first_s[-1])
        print(f"{part}: {total_s / 60:.1f} min", flush=True)


if __name__ == "__main__":
    main()
