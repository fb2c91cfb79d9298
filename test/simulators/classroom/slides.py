"""Draws the eight slides, 1280x720, large enough to read at the back of the room."""

import math

from PIL import Image, ImageFilter

from fonts import serif
from lecture import SLIDES
from pen import Pen

WIDTH, HEIGHT = 1280, 720
PAPER, INK, SOFT, ACCENT = "#faf7f1", "#1d2733", "#66727f", "#c8531c"
EARTH, OCEAN = "#2f6f9f", "#dce8ef"
LEFT = 88
_SCALE = 2  # drawn twice as large and reduced, for smooth edges


def draw_all(photos: dict[str, Image.Image]) -> list[Image.Image]:
    return [_draw(index, slide, photos) for index, slide in enumerate(SLIDES)]


def _draw(index: int, slide: dict, photos: dict[str, Image.Image]) -> Image.Image:
    if slide["kind"] == "title":
        page = _title_page(slide, photos.get("sky"))
    else:
        page = Image.new("RGB", (WIDTH * _SCALE, HEIGHT * _SCALE), PAPER)
        pen = Pen(page, _SCALE)
        _heading(pen, slide)
        _BODIES[slide["kind"]](pen, slide)
    _footer(Pen(page, _SCALE), index, dark=slide["kind"] == "title")
    return page.resize((WIDTH, HEIGHT), Image.LANCZOS)


def _heading(pen, slide) -> None:
    pen.box(LEFT, 64, LEFT + 8, 168, ACCENT, 4)
    pen.text(LEFT + 32, 42, slide["title"], 58, bold=True)
    pen.text(LEFT + 34, 128, slide["subtitle"], 30, fill=SOFT)


def _footer(pen, index, dark=False) -> None:
    ink = "#aebccb" if dark else SOFT
    pen.text(LEFT, 662, "Physics 12 · Orbits", 22, fill=ink)
    pen.text(WIDTH - LEFT, 662, f"{index + 1} / {len(SLIDES)}", 22, fill=ink, anchor="ra")


def _title_page(slide, sky) -> Image.Image:
    size = (WIDTH * _SCALE, HEIGHT * _SCALE)
    page = Image.new("RGB", size, "#0c1726")
    if sky is not None:
        stars = sky.convert("RGB").resize((size[0], size[0] * sky.height // sky.width), Image.BICUBIC).crop((0, 300, size[0], 300 + size[1]))
        page = Image.blend(page, stars, 0.45)
    _planet(page, WIDTH - 140, HEIGHT + 130, 520)
    pen = Pen(page, _SCALE)
    pen.box(LEFT, 196, LEFT + 120, 206, "#f0863f", 5)
    pen.text(LEFT, 224, slide["title"], 74, fill="white", bold=True)
    pen.text(LEFT, 332, slide["subtitle"], 44, fill="#d7e2ee")
    for row, line in enumerate(slide["lines"]):
        pen.text(LEFT, 430 + row * 50, line, 34, fill="#d7e2ee")
    return page


def _planet(page, x, y, radius) -> None:
    glow = Image.new("L", page.size, 0)
    Pen(glow, _SCALE).disc(x, y, radius + 14, 170)
    page.paste("#7fc4ee", mask=glow.filter(ImageFilter.GaussianBlur(26)))
    disc = Image.new("L", page.size, 0)
    Pen(disc, _SCALE).disc(x, y, radius, 255)
    page.paste("#1c4c78", mask=disc)
    light = Image.new("L", page.size, 0)
    Pen(light, _SCALE).disc(x - 60, y - 70, radius - 60, 190)
    light = light.filter(ImageFilter.GaussianBlur(120))
    page.paste("#4f9cca", mask=Image.composite(light, Image.new("L", page.size, 0), disc))


def _cannon(pen, slide) -> None:
    _lines(pen, slide["lines"], 232, 36, 62)
    x, y, radius = 960, 430, 170
    pen.disc(x, y, radius, OCEAN, EARTH)
    pen.polygon([(x - 34, y - radius + 8), (x, y - radius - 46), (x + 34, y - radius + 8)], EARTH)
    for reach, colour in ((0.35, SOFT), (0.9, SOFT), (2 * math.pi, ACCENT)):
        pen.line(_throw(x, y, radius, reach), fill=colour, width=4)
    pen.disc(x + 216, y, 9, ACCENT)


def _throw(x, y, radius, reach):
    """From the mountain's top; less than a full turn comes down to the ground."""
    steps = [index / 80 for index in range(81)]
    drop = 0 if reach > 6 else 46
    return [
        (x + (radius + 46 - drop * s * s) * math.sin(reach * s), y - (radius + 46 - drop * s * s) * math.cos(reach * s))
        for s in steps
    ]


def _formula(pen, slide) -> None:
    pen.box(LEFT, 214, WIDTH - LEFT, 396, "#ffffff", 18)
    pen.text(WIDTH / 2, 300, slide["lines"][0], 96, anchor="mm", font=serif, bold=True)
    for row, line in enumerate(slide["lines"][1:]):
        last = row == 2
        pen.text(LEFT + 32, 428 + row * 72, line, 44, fill=ACCENT if last else INK, bold=last)


def _table(pen, slide) -> None:
    columns = (LEFT + 32, 470, 710, 960)
    for row, cells in enumerate(slide["lines"]):
        top = 214 + row * 84
        if row % 2 == 0 and row > 0:
            pen.box(LEFT, top - 10, WIDTH - LEFT, top + 64, "#f0eae0", 10)
        for left, cell in zip(columns, cells):
            pen.text(left, top, cell, 34 if row else 28, fill=INK if row else SOFT, bold=row == 0 or left == columns[0])
    pen.line([(LEFT, 276), (WIDTH - LEFT, 276)], fill=INK, width=2)


def _ellipse(pen, slide) -> None:
    x, y, a, b = 660, 424, 380, 186
    eccentricity = math.sqrt(1 - b * b / a / a)
    focus = x - a * eccentricity
    for start, end in _equal_areas(eccentricity):
        wedge = [(focus, y)] + [_on(x, y, a, b, start + (end - start) * k / 40) for k in range(41)]
        pen.polygon(wedge, "#f3c9ac")
    pen.line([_on(x, y, a, b, t / 100 * math.pi) for t in range(201)], fill=INK, width=4)
    pen.disc(focus, y, 30, EARTH)
    pen.disc(*_on(x, y, a, b, -0.75), 12, ACCENT)
    pen.text(LEFT + 34, 196, slide["lines"][0], 32, fill=ACCENT, bold=True)
    pen.text(WIDTH - LEFT, 590, slide["lines"][1], 32, fill=ACCENT, bold=True, anchor="ra")


def _equal_areas(eccentricity):
    """Two pieces of the path, in eccentric anomaly, that take equal times: Kepler's equation, E - e sin E = M."""
    half_mean = 0.09 * math.pi
    near = _eccentric_anomaly(half_mean, eccentricity)
    far = math.pi - _eccentric_anomaly(math.pi - half_mean, eccentricity)
    # The Earth is at the left focus: perigee is at the angle pi.
    return ((math.pi - near, math.pi + near), (-far, far))


def _eccentric_anomaly(mean, eccentricity):
    anomaly = mean
    for _ in range(50):
        anomaly = mean + eccentricity * math.sin(anomaly)
    return anomaly


def _on(x, y, a, b, angle):
    return (x + a * math.cos(angle), y + b * math.sin(angle))


def _points(pen, slide) -> None:
    _lines(pen, slide["lines"], 240, 48, 92, bullets=slide["title"] == "What we keep")


def _question(pen, slide) -> None:
    pen.box(LEFT, 220, WIDTH - LEFT, 560, "#ffffff", 22)
    for row, line in enumerate(slide["lines"]):
        last = row == len(slide["lines"]) - 1
        pen.text(LEFT + 56, 262 + row * 84 + (16 if last else 0), line, 50, bold=last, fill=ACCENT if last else INK)
    pen.text(LEFT + 34, 588, "Write in the chat: faster, or slower?  写在聊天里", 30, fill=SOFT)


def _lines(pen, lines, top, size, step, bullets=False) -> None:
    for row, line in enumerate(lines):
        if bullets:
            pen.disc(LEFT + 46, top + row * step + size * 0.72, 9, ACCENT)
        pen.text(LEFT + (84 if bullets else 34), top + row * step, line, size)


_BODIES = {
    "cannon": _cannon,
    "formula": _formula,
    "table": _table,
    "ellipse": _ellipse,
    "points": _points,
    "question": _question,
}
