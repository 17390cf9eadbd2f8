"""Camera, light and renderer: the photographer's side. Knows nothing of people beyond where the face is."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

import bpy
import numpy as np
from mathutils import Matrix, Vector

WIDTH, HEIGHT = 2048, 2560
FRAME_HEIGHT_M = 0.78
FOCAL_MM, SENSOR_MM = 85.0, 36.0
HEAD_ROOM = 0.055
"""Space above the hair, as a part of the picture's height."""
CAMERA_BELOW_EYES_M = 0.02
EXPOSURE = 0.08


@dataclass(frozen=True)
class Camera:
    """A pinhole looking along Blender's +Y, upright; the frame is moved by lens shift, so verticals stay vertical."""

    position: tuple[float, float, float]
    focal: float
    centre: tuple[float, float]

    def to_camera(self, points: np.ndarray) -> np.ndarray:
        """Blender metres (..., 3) to camera space: X right, Y down, Z away."""
        p = np.asarray(points, float) - np.asarray(self.position)
        return np.stack([p[..., 0], -p[..., 2], p[..., 1]], -1)

    def project(self, points: np.ndarray) -> np.ndarray:
        """Blender metres (..., 3) to portrait pixels (..., 2)."""
        return self.project_camera(self.to_camera(points))

    def project_camera(self, points: np.ndarray) -> np.ndarray:
        """Camera space (..., 3) to portrait pixels (..., 2)."""
        return np.stack(
            [
                self.centre[0] + self.focal * points[..., 0] / points[..., 2],
                self.centre[1] + self.focal * points[..., 1] / points[..., 2],
            ],
            -1,
        )


def set_camera(face: np.ndarray, hair_top_z: float) -> Camera:
    """Waist-up framing. face: the point between the eyes; hair_top_z: the highest point of the hair, metres."""
    distance = FOCAL_MM / SENSOR_MM * FRAME_HEIGHT_M
    height = float(face[2]) - CAMERA_BELOW_EYES_M
    top = (hair_top_z - height) / FRAME_HEIGHT_M + HEAD_ROOM
    shift = top - 0.5

    data = bpy.data.cameras.new("camera")
    data.sensor_fit, data.sensor_height, data.lens = "VERTICAL", SENSOR_MM, FOCAL_MM
    data.shift_y, data.clip_start = shift, 0.05
    camera = bpy.data.objects.new("camera", data)
    camera.location = (0.0, float(face[1]) - distance, height)
    camera.rotation_euler = (np.pi / 2, 0.0, 0.0)
    bpy.context.scene.collection.objects.link(camera)
    bpy.context.scene.camera = camera
    return Camera(tuple(camera.location), FOCAL_MM / SENSOR_MM * HEIGHT, (WIDTH / 2, HEIGHT * (0.5 + shift)))


def _area(
    name: str,
    location: Vector,
    target: Vector,
    watts: float,
    size: float,
    colour: tuple[float, float, float] = (1.0, 1.0, 1.0),
    size_y: float | None = None,
) -> None:
    light = bpy.data.lights.new(name, "AREA")
    light.energy, light.size, light.color = watts, size, colour
    if size_y:
        light.shape, light.size_y = "RECTANGLE", size_y
    lamp = bpy.data.objects.new(name, light)
    lamp.location = location
    lamp.rotation_euler = (location - target).to_track_quat("Z", "Y").to_euler()
    bpy.context.scene.collection.objects.link(lamp)


def set_lights(face: np.ndarray, gain: float = 1.0) -> None:
    """Portrait light: large warm key, cool fill, two rims, a top light for the hair, a little from below."""
    f = Vector(face)
    body = f + Vector((0, 0, -0.25))
    _area("key", f + Vector((-0.80, -1.15, 0.62)), f + Vector((0, 0, -0.06)), 34 * gain, 0.75, (1, 0.945, 0.88))
    _area("fill", f + Vector((1.25, -1.3, 0.10)), f + Vector((0, 0, -0.12)), 8.5 * gain, 1.5, (0.92, 0.96, 1))
    _area("rim_left", f + Vector((-0.75, 1.05, 0.45)), body, 11 * gain, 0.5, (1, 0.96, 0.91), 1.1)
    _area("rim_right", f + Vector((0.80, 1.05, 0.40)), body, 14 * gain, 0.45, (0.97, 0.98, 1), 1.1)
    _area("top", f + Vector((0.1, 0.15, 1.25)), f + Vector((0, 0.05, 0)), 6 * gain, 0.8)
    _area("under", f + Vector((0, -0.8, -0.75)), f, 1.6 * gain, 0.9, (1, 0.94, 0.90))
    world = bpy.data.worlds.new("world")
    bpy.context.scene.world = world
    world.use_nodes = True
    background = world.node_tree.nodes["Background"]
    background.inputs[0].default_value = (0.85, 0.9, 1, 1)
    background.inputs[1].default_value = 0.10 * gain


#: Other light than the studio's, as factors on its lamps; lamps that are not named keep theirs. The last is the world.
LIGHTS: dict[str, dict[str, float]] = {
    "studio": {},
    "window": {"key": 1.6, "fill": 0.25, "rim_left": 0.2, "rim_right": 0.2, "under": 0.3, "world": 2.0},
    "opposite": {"key": 0.15, "fill": 4.5, "rim_left": 0.5, "rim_right": 0.3, "world": 1.5},
    "above": {"key": 0.2, "fill": 0.4, "top": 7.0, "rim_left": 0.5, "rim_right": 0.5, "under": 0.5, "world": 3.0},
    "overcast": {"key": 0.25, "fill": 0.8, "rim_left": 0.1, "rim_right": 0.1, "world": 9.0},
}


def relight(name: str) -> None:
    """Change what `set_lights` has set."""
    for lamp, factor in LIGHTS[name].items():
        if lamp == "world":
            bpy.context.scene.world.node_tree.nodes["Background"].inputs[1].default_value *= factor
        else:
            bpy.data.objects[lamp].data.energy *= factor


def orbit(face: np.ndarray, yaw_deg: float) -> None:
    """Turn the camera about the upright line through the head: the face is seen turned to the right of the picture."""
    camera = bpy.context.scene.camera
    centre = Vector((0.0, float(face[1]) + 0.08, camera.location.z))
    turn = Matrix.Rotation(np.radians(yaw_deg), 4, "Z")
    camera.location = centre + turn @ (camera.location - centre)
    camera.rotation_euler = (np.pi / 2, 0.0, np.radians(yaw_deg))


def set_renderer(exposure: float, threads: int = 2) -> None:
    """Cycles on the CPU with OIDN, transparent film, the Khronos PBR Neutral view transform."""
    scene = bpy.context.scene
    scene.render.engine = "CYCLES"
    cycles = scene.cycles
    cycles.device = "CPU"
    cycles.use_adaptive_sampling, cycles.adaptive_threshold = True, 0.018
    cycles.use_denoising, cycles.denoiser = True, "OPENIMAGEDENOISE"
    cycles.denoising_input_passes = "RGB_ALBEDO_NORMAL"
    cycles.denoising_quality = "FAST"  # a third of the time; no difference to be seen at these sizes
    cycles.max_bounces, cycles.diffuse_bounces, cycles.glossy_bounces = 8, 2, 3
    cycles.transmission_bounces, cycles.transparent_max_bounces = 8, 16
    cycles.caustics_reflective = cycles.caustics_refractive = False
    cycles.sample_clamp_indirect = 5
    scene.render.film_transparent = True
    scene.render.resolution_x, scene.render.resolution_y, scene.render.resolution_percentage = WIDTH, HEIGHT, 100
    scene.render.image_settings.file_format, scene.render.image_settings.color_mode = "PNG", "RGBA"
    scene.render.image_settings.compression = 15
    scene.view_settings.view_transform = "Khronos PBR Neutral"  # keeps the colours of skin and cloth; AgX pales them
    scene.view_settings.look = "None"
    scene.view_settings.exposure = EXPOSURE + exposure
    scene.render.threads_mode, scene.render.threads = "FIXED", threads
    scene.cycles_curves.shape, scene.cycles_curves.subdivisions = "RIBBONS", 2
    scene.render.use_persistent_data = True


def render(path: Path, rect: tuple[int, int, int, int], samples: int, scale: float = 1.0) -> None:
    """Render the portrait pixels `rect` (x0, y0, x1, y1) to a PNG of that size times `scale` (exactly so at 1)."""
    render_settings = bpy.context.scene.render
    render_settings.resolution_percentage = round(100 * scale)
    x0, y0, x1, y1 = rect
    part = (x0, y0, x1, y1) != (0, 0, WIDTH, HEIGHT)
    render_settings.use_border = render_settings.use_crop_to_border = part
    # a quarter of a pixel inwards: Blender truncates, and the fractions are float32
    render_settings.border_min_x, render_settings.border_max_x = (x0 + 0.25) / WIDTH, (x1 + 0.25) / WIDTH
    render_settings.border_min_y, render_settings.border_max_y = (
        (HEIGHT - y1 + 0.25) / HEIGHT,
        (HEIGHT - y0 + 0.25) / HEIGHT,
    )
    bpy.context.scene.cycles.samples = samples
    render_settings.filepath = str(path)
    started = time.monotonic()
    bpy.ops.render.render(write_still=True)
    print(
        f"rendered {path.name} {x1 - x0}x{y1 - y0} at {samples} samples in {time.monotonic() - started:.1f} s",
        flush=True,
    )


def render_depth(path: Path, step: int) -> np.ndarray:
    """Z in metres on the grid of step x step cells; np.inf where the picture is empty.

    Uses `path` for a temporary EXR.
    """
    scene = bpy.context.scene
    scene.view_layers[0].use_pass_z = True
    scene.use_nodes = True
    tree = scene.node_tree
    tree.nodes.clear()
    layers = tree.nodes.new("CompositorNodeRLayers")
    output = tree.nodes.new("CompositorNodeOutputFile")
    output.base_path = str(path.parent)
    output.file_slots[0].path = path.stem + "_"
    output.format.file_format, output.format.color_depth = "OPEN_EXR", "32"
    tree.links.new(layers.outputs["Depth"], output.inputs[0])
    saved = scene.cycles.use_denoising
    scene.cycles.use_denoising = False
    scene.render.resolution_x, scene.render.resolution_y = WIDTH // step, HEIGHT // step
    scene.render.use_border = False
    scene.cycles.samples = 1
    bpy.ops.render.render()
    scene.render.resolution_x, scene.render.resolution_y = WIDTH, HEIGHT
    scene.cycles.use_denoising = saved
    scene.use_nodes = False
    scene.view_layers[0].use_pass_z = False
    image = bpy.data.images.load(str(next(path.parent.glob(path.stem + "_*.exr"))))
    width, height = image.size
    z = np.empty(width * height * image.channels, np.float32)
    image.pixels.foreach_get(z)
    z = z.reshape(height, width, image.channels)[::-1, :, 0]
    return np.where(z > 50, np.inf, z)
