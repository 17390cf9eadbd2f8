"""Drawing textured triangles and small image helpers. Needs no Blender."""

from __future__ import annotations

import numpy as np
import skia

TRIANGLES_PER_CALL = 60000


def smoothstep(a: float, b: float, x: np.ndarray) -> np.ndarray:
    """0 below a, 1 above b, smooth in between."""
    t = np.clip((np.asarray(x, np.float32) - a) / (b - a), 0, 1)
    return t * t * (3 - 2 * t)


def draw_mesh(
    image: np.ndarray, source: np.ndarray, target: np.ndarray, triangles: np.ndarray, size: tuple[int, int]
) -> np.ndarray:
    """Draw `image` sampled at `source` onto an empty canvas at `target`; RGBA, premultiplied, uint8."""
    out = np.zeros((size[1], size[0], 4), np.uint8)
    canvas = skia.Canvas(out, colorType=skia.kRGBA_8888_ColorType, alphaType=skia.kPremul_AlphaType)
    photo = skia.Image.fromarray(
        np.ascontiguousarray(image), colorType=skia.kRGBA_8888_ColorType, alphaType=skia.kPremul_AlphaType
    )
    shader = photo.makeShader(skia.TileMode.kClamp, skia.TileMode.kClamp, skia.SamplingOptions(skia.FilterMode.kLinear))
    paint = skia.Paint(Shader=shader, AntiAlias=False)
    used, inverse = np.unique(triangles.ravel(), return_inverse=True)
    positions = [skia.Point(float(x), float(y)) for x, y in target[used]]
    texels = [skia.Point(float(x), float(y)) for x, y in source[used]]
    indices = inverse.ravel().tolist()
    for start in range(0, len(indices), TRIANGLES_PER_CALL):
        part = indices[start : start + TRIANGLES_PER_CALL]
        vertices = skia.Vertices(skia.Vertices.kTriangles_VertexMode, positions, texels, None, part)
        canvas.drawVertices(vertices, paint, skia.BlendMode.kModulate)
    return out


def draw_values(values: np.ndarray, target: np.ndarray, triangles: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Rasterise one number in [0, 1] per vertex. (height, width) float32."""
    out = np.zeros((size[1], size[0], 4), np.uint8)
    canvas = skia.Canvas(out, colorType=skia.kRGBA_8888_ColorType, alphaType=skia.kPremul_AlphaType)
    used, inverse = np.unique(triangles.ravel(), return_inverse=True)
    grey = (np.clip(values[used], 0, 1) * 255).astype(int)
    colours = [int(0xFF000000 | (g << 16) | (g << 8) | g) for g in grey]
    positions = [skia.Point(float(x), float(y)) for x, y in target[used]]
    indices = inverse.ravel().tolist()
    for start in range(0, len(indices), TRIANGLES_PER_CALL):
        part = indices[start : start + TRIANGLES_PER_CALL]
        vertices = skia.Vertices(skia.Vertices.kTriangles_VertexMode, positions, None, colours, part)
        canvas.drawVertices(vertices, skia.Paint(AntiAlias=False), skia.BlendMode.kDst)
    return out[..., 0].astype(np.float32) / 255


def premultiply(image: np.ndarray) -> np.ndarray:
    """Straight RGBA uint8 to premultiplied RGBA uint8."""
    out = image.astype(np.float32)
    out[..., :3] *= out[..., 3:] / 255
    return (out + 0.5).astype(np.uint8)
