"""The chalkboard and what is written on it."""

import math

import numpy as np
from PIL import Image, ImageChops, ImageDraw, ImageFilter

from fonts import chalk, sans
from paint import noise, shaded

SCALE = 2
WHITE, YELLOW, ROSE, BLUE = (236, 238, 230), (244, 222, 140), (240, 176, 160), (168, 206, 228)


def draw(width: int, height: int) -> Image.Image:
    """In room units; the picture is `SCALE` times as large."""
    size = (width * SCALE, height * SCALE)
    dust = 1 + 0.07 * noise(*size, (420, 200), 11) + 0.05 * np.abs(noise(*size, (260, 26), 12)) + 0.015 * noise(*size, (3, 3), 13)
    page = shaded(*size, (44, 74, 62), dust)
    writer = _Writer(page)
    _orbit(writer, 250, 250)
    _formulas(writer, 652, 70)
    _graph(writer, 1290, 80)
    _homework(writer, 1570, 60)
    return page


class _Writer:
    """Chalk: strokes are broken up by the board's grain."""

    def __init__(self, page: Image.Image):
        self._page = page
        self._random = np.random.default_rng(5)
        grain = noise(*page.size, (2.2, 2.2), 21) + 0.5 * noise(*page.size, (9, 9), 22)
        self._grain = Image.fromarray((np.clip(0.92 + 0.75 * grain, 0.12, 1) * 255).astype(np.uint8))

    def text(self, x, y, text, size, colour=WHITE, cjk=False) -> None:
        mask = Image.new("L", self._page.size)
        at = x * SCALE
        face = (sans if cjk else chalk)(size * SCALE)
        for letter in text:
            wide = face.getlength(letter)
            glyph = Image.new("L", (int(wide) + 40, size * SCALE * 2))
            ImageDraw.Draw(glyph).text((20, size // 2), letter, font=face, fill=255)
            turned = glyph.rotate(self._random.normal(0, 2.2), Image.BICUBIC)
            corner = (round(at) - 20, round(y * SCALE + self._random.normal(0, size * 0.05)))
            mask.paste(255, corner, turned)
            at += wide * self._random.normal(0.97, 0.02)
        self._chalk(mask, colour)

    def path(self, points, colour=WHITE, width=4) -> None:
        """A hand-drawn line: it wavers slowly and its weight changes."""
        mask = Image.new("L", self._page.size)
        pen = ImageDraw.Draw(mask)
        wave = self._random.uniform(0, 6.28, 4)
        for index, (x, y) in enumerate(_dense(points)):
            dx = 1.6 * math.sin(index / 47 + wave[0]) + 0.8 * math.sin(index / 19 + wave[1])
            dy = 1.6 * math.sin(index / 53 + wave[2]) + 0.8 * math.sin(index / 17 + wave[3])
            radius = width * SCALE / 2 * (0.9 + 0.12 * math.sin(index / 31 + wave[0]))
            px, py = x * SCALE + dx, y * SCALE + dy
            pen.ellipse((px - radius, py - radius, px + radius, py + radius), fill=255)
        self._chalk(mask, colour)

    def _chalk(self, mask: Image.Image, colour) -> None:
        box = mask.getbbox()
        if box is None:
            return
        soft = mask.crop(box).filter(ImageFilter.GaussianBlur(0.9))
        self._page.paste(colour, box, ImageChops.multiply(soft, self._grain.crop(box)).point(lambda v: int(v * 0.9)))


def _dense(points):
    for (x1, y1), (x2, y2) in zip(points, points[1:]):
        steps = max(1, int(math.hypot(x2 - x1, y2 - y1) / 1.2))
        for step in range(steps):
            yield x1 + (x2 - x1) * step / steps, y1 + (y2 - y1) * step / steps


def _circle(x, y, rx, ry, start=0.0, end=2 * math.pi):
    return [(x + rx * math.cos(start + (end - start) * k / 60), y + ry * math.sin(start + (end - start) * k / 60)) for k in range(61)]


def _arrow(writer, x1, y1, x2, y2, colour) -> None:
    angle = math.atan2(y2 - y1, x2 - x1)
    writer.path([(x1, y1), (x2, y2)], colour)
    for side in (2.6, -2.6):
        writer.path([(x2, y2), (x2 + 20 * math.cos(angle + side), y2 + 20 * math.sin(angle + side))], colour)


def _orbit(writer, x, y) -> None:
    writer.path(_circle(x, y, 78, 76), BLUE, 5)
    writer.path(_circle(x, y, 170, 168), WHITE)
    for offset in (-44, -16, 14, 42):
        writer.path([(x - 52 + abs(offset) / 2, y + offset), (x + 30 - abs(offset) / 3, y + offset - 16)], BLUE, 2)
    sx, sy = x + 170 * math.cos(-0.8), y + 168 * math.sin(-0.8)
    writer.path(_circle(sx, sy, 9, 9), YELLOW, 6)
    _arrow(writer, sx, sy, sx - 84, sy - 82, YELLOW)
    _arrow(writer, sx - 8, sy + 10, sx - 66, sy + 72, ROSE)
    writer.text(sx - 116, sy - 112, "v", 40, YELLOW)
    writer.text(sx - 46, sy + 52, "F", 36, ROSE)
    writer.path([(x, y), (x + 168 * math.cos(2.5), y + 168 * math.sin(2.5))], WHITE, 3)
    writer.text(x - 122, y + 22, "r", 36)
    writer.text(x - 44, y - 40, "Earth", 30, WHITE)


def _formulas(writer, x, y) -> None:
    writer.text(x, y, "Falling around the Earth", 40, WHITE)
    writer.path([(x, y + 74), (x + 480, y + 70)], YELLOW, 3)
    writer.text(x, y + 104, "m v² / r = G M m / r²", 44)
    writer.text(x, y + 190, "v = √(GM / r)", 52, YELLOW)
    writer.path(_box(x - 22, y + 186, 372, 92), YELLOW, 3)
    writer.text(x, y + 304, "r = 6771 km", 38)
    writer.text(x, y + 364, "v = 7.67 km/s", 38, ROSE)


def _graph(writer, x, y) -> None:
    _arrow(writer, x, y + 330, x, y + 10, WHITE)
    _arrow(writer, x, y + 330, x + 240, y + 330, WHITE)
    writer.path([(x + 16 + k * 5.2, y + 330 - 300 / (1 + k / 9)) for k in range(41)], YELLOW, 5)
    writer.text(x - 38, y - 8, "v", 34)
    writer.text(x + 226, y + 332, "r", 34)
    writer.text(x + 70, y + 74, "v ~ 1/√r", 32, YELLOW)


def _homework(writer, x, y) -> None:
    writer.text(x + 40, y, "作业", 42, YELLOW, cjk=True)
    for row, line in enumerate(("p. 112", "no. 3, 5, 8", "for Monday")):
        writer.text(x + 20, y + 76 + row * 62, line, 34)


def _box(x, y, width, height):
    return [(x, y), (x + width, y + 4), (x + width - 3, y + height), (x + 2, y + height - 3), (x, y)]
