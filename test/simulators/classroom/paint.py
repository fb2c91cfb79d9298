"""Surfaces and light for the room picture: grain, wood, soft shadows. Everything is seeded: the same room each time."""

import numpy as np
from PIL import Image, ImageDraw, ImageFilter


def noise(width: int, height: int, cell: tuple[float, float], seed: int) -> np.ndarray:
    """Smooth noise in -1 … 1; `cell` is the size of its features in pixels, across and down."""
    small = (max(2, round(width / cell[0])), max(2, round(height / cell[1])))
    values = np.random.default_rng(seed).normal(0, 0.45, (small[1], small[0])).astype(np.float32)
    return np.clip(np.asarray(Image.fromarray(values).resize((width, height), Image.BICUBIC)), -1, 1)


def shaded(width: int, height: int, colour, levels: np.ndarray) -> Image.Image:
    """A flat colour times `levels` (1 is unchanged)."""
    rgb = np.array(colour, np.float32) * levels[..., None]
    return Image.fromarray(np.clip(rgb, 0, 255).astype(np.uint8))


def plaster(width: int, height: int, colour, seed: int) -> Image.Image:
    return shaded(width, height, colour, 1 + 0.018 * noise(width, height, (220, 180), seed) + 0.008 * noise(width, height, (5, 5), seed + 1))


def wood(width: int, height: int, colour, seed: int, board: int = 0) -> Image.Image:
    """Grain along the width; `board` is the height of one board, 0 for a single one."""
    grain = 0.10 * noise(width, height, (900, 14), seed) + 0.05 * noise(width, height, (500, 4), seed + 1)
    grain += 0.05 * noise(width, height, (1400, 90), seed + 2)
    if board:
        rows = np.arange(height)
        tone = np.random.default_rng(seed + 3).normal(0, 0.045, height // board + 1)[rows // board]
        grain += tone[:, None]
        grain -= 0.35 * (rows % board < 3)[:, None]
    return shaded(width, height, colour, 1 + grain.astype(np.float32))


def shade(page: Image.Image, box, opacity: float, blur: float, colour=(0, 0, 0)) -> None:
    """A soft rectangle of shadow (or light), in page pixels."""
    margin = int(blur * 3)
    left, top = max(0, int(box[0]) - margin), max(0, int(box[1]) - margin)
    right, bottom = min(page.width, int(box[2]) + margin), min(page.height, int(box[3]) + margin)
    # Blurs cost by the pixel: they are made at a quarter of the size.
    small = Image.new("L", (max(1, (right - left) // 4), max(1, (bottom - top) // 4)))
    ImageDraw.Draw(small).rectangle([(v - o) / 4 for v, o in zip(box, (left, top, left, top))], fill=int(255 * opacity))
    mask = small.filter(ImageFilter.GaussianBlur(blur / 4)).resize((right - left, bottom - top), Image.BICUBIC)
    page.paste(colour, (left, top), mask)


def gradient(width: int, height: int, stops) -> Image.Image:
    """Vertical gradient through (position 0 … 1, colour)."""
    where = np.linspace(0, 1, height)
    positions = [stop[0] for stop in stops]
    channels = [np.interp(where, positions, [stop[1][c] for stop in stops]) for c in range(3)]
    column = np.stack(channels, -1).astype(np.uint8)
    return Image.fromarray(np.repeat(column[:, None, :], width, 1))
