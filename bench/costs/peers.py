"""Others beside this build: encoding alone, MoviePy, plain OpenCV, kokoro-onnx; each with an environment of its own.

Composition begins with ready patches: pictures of the presenter, cut out and drawn, as this build draws them. So the
others are given what costs this build most of its drawing. One of them needs parts under the GPL, another an old
Pillow: none is installed beside the product.
"""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from bench.costs.cases import PARAGRAPH, SAME_PACK, Case, recording, tokens
from bench.tables import table
from limelight.acting.act import act
from limelight.catalog.avatars import avatar
from limelight.compose.figures import presenter_figure
from limelight.puppet.pack import load_pack
from limelight.spec import FPS, Avatar
from limelight.speech import models
from limelight.speech.kokoro import MODEL_PACKAGES
from limelight.speech.types import Speech

_HERE = Path(__file__).parent
_SIZE, _COUNT = (1920, 1080), 100
_GROUND = (0xE8, 0xEC, 0xF2)


@dataclass(frozen=True)
class Peer:
    """A program, and what it is installed with."""

    name: str
    script: str
    packages: tuple[str, ...]
    what: str


PEERS = (
    Peer("MoviePy", "peer_moviepy.py", ("moviepy==2.2.1",), "composes and encodes ready patches"),
    Peer("OpenCV", "peer_opencv.py", ("opencv-python-headless>=4.10", "av>=18.1,<19"), "the same, encoded by PyAV"),
    Peer("kokoro-onnx", "peer_kokoro.py", ("kokoro-onnx==0.6.1",), "the same model, style and text"),
)


def compared(build: Any, folder: Path, builds: Path) -> str:
    """A table of what this build and the others cost."""
    made = folder / "made"
    made.mkdir(exist_ok=True)
    rows = []
    for style in ("normal", "closeUp"):
        spent = build.run(_frames(made, style), folder / f"frames-{style}")
        path, alone = (spent["core_s"][part] / spent["film_s"] for part in ("path", "encoder"))
        rows.append([f"this build, {style}", "draws, composes, encodes", f"{path:.3f}", f"{path / alone:.2f}"])
        rows.append([f"its encoder alone, {style}", "the same frames", f"{alone:.3f}", "1.00"])
    given = _given(made)
    for peer in PEERS:
        spent = _run(peer, given, folder, builds)
        rows.append([peer.name, peer.what, f"{spent['core_s'] / spent['film_s']:.3f}", ""])
    voice = build.run({"do": "voice", "tokens": str(tokens(made))}, folder / "voice")
    rows.append(["this build's voice", "as kokoro-onnx", f"{voice['core_s']['voice'] / voice['film_s']:.3f}", ""])
    return table(["who", "what", "core s/s", "over the encoder"], rows)


def _frames(made: Path, style: str) -> Case:
    said = {"kind": "audio", "source": {"asset_id": "said"}}
    scene = {
        "character": {"kind": "avatar", "avatar_id": SAME_PACK, "style": style},
        "voice": said,
        "background": {"kind": "color", "colour": "#e8ecf2"},
    }
    spec = {"scenes": [scene], "width": _SIZE[0], "height": _SIZE[1]}
    return {"do": "frames", "spec": spec, "files": {"asset:said": str(recording(made, 10))}, "count": 200, "rounds": 2}


def _given(made: Path) -> Path:
    """What the others are given, as a file that names files."""
    pack = load_pack(avatar(SAME_PACK).pack)
    figure = presenter_figure(pack, Avatar(avatar_id=SAME_PACK), _SIZE)
    assert figure
    performance = act(Speech.silence(_COUNT / FPS), 1, _COUNT, FPS)
    still, first = figure.still(), figure.patch(performance, 0)
    patches = np.stack([figure.patch(performance, i).rgba.copy() for i in range(_COUNT)])
    np.savez(made / "still.npz", rgba=still.rgba, at=(still.x, still.y))
    np.save(made / "patches.npy", patches)
    (made / "model.onnx").write_bytes(b"".join(file.read_bytes() for file in models.files(MODEL_PACKAGES, "part.bin")))
    with (made / "voices.bin").open("wb") as styles:
        np.savez(styles, given=np.load(tokens(made))["style"][:, None])
    given = {
        "still": str(made / "still.npz"),
        "patches": str(made / "patches.npy"),
        "at": (first.x, first.y),
        "ground": _GROUND,
        "size": _SIZE,
        "fps": FPS,
        "out": str(made / "out.mp4"),
        "model": str(made / "model.onnx"),
        "voices": str(made / "voices.bin"),
        "text": PARAGRAPH * 4,
    }
    file = made / "given.json"
    file.write_text(json.dumps(given))
    return file


def _run(peer: Peer, given: Path, folder: Path, builds: Path) -> dict[str, float]:
    home = builds / peer.name
    python = home / "bin" / "python"
    if not (home / "installed").exists():
        subprocess.run([sys.executable, "-m", "venv", home], check=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", *peer.packages], check=True)
        (home / "installed").touch()
    result = folder / f"{peer.name}.json"
    subprocess.run([python, _HERE / peer.script, given, result], check=True, stdout=subprocess.DEVNULL)
    spent: dict[str, float] = json.loads(result.read_text())
    return spent
