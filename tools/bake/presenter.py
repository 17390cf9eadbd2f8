"""From a recipe to a pack: builds the person, measures it, renders the layers, writes the file."""

from __future__ import annotations

import hashlib
import time
from dataclasses import asdict
from pathlib import Path

import numpy as np

from . import anatomy, beard, expressions, facemesh, garments, hair, layers, objects, pack, studio
from .figure import Figure
from .progress import ReportingBaker
from .recipe import Recipe

PICTURE_MODULES = (
    "anatomy", "beard", "complexion", "dental", "expressions", "figure", "garments", "hair", "layers", "materials",
    "nodes", "objects", "studio", "surface",
)  # fmt: skip
"""The code that decides what a layer looks like; a change in it makes rendered layers stale."""
MESH_MARGIN = 6


def work_folder(root: Path, recipe: Recipe, quality: layers.Quality) -> Path:
    """One folder for each combination of recipe, quality and code."""
    digest = hashlib.sha256(repr((asdict(recipe), quality)).encode())
    here = Path(__file__).parent
    for name in PICTURE_MODULES:
        for path in sorted((here / name).glob("*.py")) or [here / f"{name}.py"]:
            digest.update(path.read_bytes())
    return root / f"{recipe.id}-{digest.hexdigest()[:10]}"


def build(recipe: Recipe) -> tuple[Figure, float]:
    """The dressed person in an empty Blender scene, and the height of the hair's top."""
    objects.reset()
    figure = Figure(beard.painted(hair.painted(recipe.face, recipe.hair), recipe.beard))
    figure.add_body(garments.hidden_below(figure, recipe.outfit))
    garments.dress(figure, recipe.outfit)
    if recipe.beard is not None:
        beard.add(figure, recipe.beard)
    return figure, hair.add(figure, recipe.hair)


def measure(figure: Figure, camera: studio.Camera, hair_top_z: float) -> pack.Measurements:
    """Landmarks and joints at rest."""

    def pixel(p: np.ndarray) -> list[float]:
        return [round(float(v), 2) for v in camera.project(p)]

    def metres(p: np.ndarray) -> list[float]:
        return [round(float(v), 5) for v in camera.to_camera(p)]

    at_rest = figure.vertices({})
    body = at_rest[: anatomy.BODY_COUNT]
    neck = figure.joint("neck")
    throat = body[(np.abs(body[:, 0]) < 0.015) & (np.abs(body[:, 2] - neck[2] + 0.035) < 0.015)]
    pit = throat[throat[:, 1].argmin()]
    teeth = anatomy.group_vertices("helper-lower-teeth")
    jaw = at_rest[teeth].mean(0)
    jaw_deltas = [
        camera.to_camera(figure.vertices({name: 1.0})[teeth].mean(0)) - camera.to_camera(jaw)
        for name in expressions.BLENDSHAPES
    ]
    landmarks = {
        "head_top": pixel(np.array([0.0, float(figure.face[1]) + 0.08, hair_top_z])),
        "chin": pixel(anatomy.to_blender(figure.chin)),
        "mouth": pixel(anatomy.to_blender(figure.mouth)),
        "eye_left": pixel(figure.eye_centres[0]),
        "eye_right": pixel(figure.eye_centres[1]),
        "neck_base": pixel(np.array([0.0, pit[1], pit[2]])),
        "shoulder_left": pixel(figure.joint("l-shoulder")),
        "shoulder_right": pixel(figure.joint("r-shoulder")),
    }
    return pack.Measurements(
        landmarks=landmarks,
        neck_pivot=metres(figure.joint("head")),
        jaw_origin=metres(jaw),
        jaw_deltas=np.array(jaw_deltas, np.float32),
        eye_radius=float(figure.eye_radius_m * camera.focal / camera.to_camera(figure.eye_centres)[0, 2]),
        eyes=camera.to_camera(figure.eye_centres),
        iris_radius=float(figure.recipe.iris.radius_m * camera.focal / camera.to_camera(figure.eye_centres)[0, 2]),
    )


def bake(recipe: Recipe, out: Path, quality: layers.Quality, work: Path) -> None:
    """Write the pack of `recipe` to `out`. Layers that a stopped run left in `work` are used again."""
    started = time.monotonic()
    folder = work_folder(work, recipe, quality).resolve()
    folder.mkdir(parents=True, exist_ok=True)
    print(f"{recipe.name}: layers in {folder}", flush=True)
    figure, hair_top_z = build(recipe)
    camera = studio.set_camera(figure.face, hair_top_z)
    studio.set_lights(figure.face)
    studio.set_renderer(recipe.exposure)
    mouth, chin = anatomy.to_blender(figure.mouth), anatomy.to_blender(figure.chin)
    crops = layers.find_crops(camera, figure.eye_centres, mouth, chin, hair_top_z)
    print(f"built in {time.monotonic() - started:.0f} s", flush=True)

    figure.set_expression({})
    facts = measure(figure, camera, hair_top_z)
    x0, y0, x1, y1 = crops.face
    region = (x0 + MESH_MARGIN, y0 + MESH_MARGIN, x1 - MESH_MARGIN, y1 - MESH_MARGIN)
    mesh = facemesh.build(figure, camera, region)
    ReportingBaker(figure, camera, crops, folder, quality).all()
    pack.assemble(out, recipe.name, recipe.gender, folder, camera, crops, mesh, facts, recipe.voice, recipe.tags)
    size = out.stat().st_size / 1e6
    print(f"{out}: {size:.1f} MB, {len(mesh.vertices)} vertices, {time.monotonic() - started:.0f} s")
