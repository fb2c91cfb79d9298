"""The room behind the lecturer: wall, window, chalkboard, bench. Drawn once, with a mask of what stands in front."""

import numpy as np
from PIL import Image, ImageChops, ImageDraw, ImageFilter

import board
from geometry import BENCH_TOP, ROOM_HEIGHT, ROOM_SCALE, ROOM_WIDTH
from paint import gradient, noise, plaster, shade, wood

_SIZE = (ROOM_WIDTH * ROOM_SCALE, ROOM_HEIGHT * ROOM_SCALE)
BOARD = (640, 330, 2480, 812)
BENCH = (560, BENCH_TOP, 2640, 1236)
FLOOR_TOP = 1236
WAINSCOT_TOP = 905
WINDOW = (110, 190, 520, 800)
DOOR = (2780, 420, 3080, FLOOR_TOP)


def draw(photos: dict[str, Image.Image]) -> tuple[Image.Image, Image.Image]:
    """The room in RGB at `ROOM_SCALE`, and the mask of what hides the lecturer."""
    page = plaster(*_SIZE, (226, 211, 186), 1)
    _ceiling(page)
    _wainscot(page)
    _floor(page)
    _window(page)
    _door(page)
    _chalkboard(page)
    _pictures(page, photos)
    _screen_case(page)
    before = page.copy()
    _bench(page)
    _things_on_bench(page)
    front = _difference(before, page)
    return _lit(page), front


def _difference(before: Image.Image, after: Image.Image) -> Image.Image:
    """What was drawn last: the bench and all that stands on it."""
    changed = ImageChops.difference(before, after).convert("L").point(lambda level: 255 if level > 6 else 0)
    pen = ImageDraw.Draw(changed)
    pen.rectangle((0, BENCH_TOP * ROOM_SCALE, *_SIZE), fill=255)
    return changed.filter(ImageFilter.MedianFilter(5)).filter(ImageFilter.GaussianBlur(1))


def _at(*values):
    return tuple(int(value * ROOM_SCALE) for value in values)


def _paste(page, picture, left, top) -> None:
    page.paste(picture, _at(left, top))


def _rect(page, box, fill, radius=0.0) -> None:
    ImageDraw.Draw(page).rounded_rectangle(_at(*box), radius * ROOM_SCALE, fill=fill)


def _poly(page, points, fill) -> None:
    ImageDraw.Draw(page).polygon([_at(*point) for point in points], fill=fill)


def _ceiling(page) -> None:
    _paste(page, gradient(_SIZE[0], 120 * ROOM_SCALE, [(0, (238, 231, 217)), (1, (222, 212, 194))]), 0, 0)
    _rect(page, (0, 120, ROOM_WIDTH, 136), (246, 240, 228))
    shade(page, _at(0, 136, ROOM_WIDTH, 150), 0.25, 12)
    for left in (700, 1420, 2140):
        _poly(page, [(left + 40, 40), (left + 400, 40), (left + 440, 84), (left, 84)], (255, 252, 240))
        shade(page, _at(left, 30, left + 440, 96), 0.5, 40, (255, 248, 228))


def _wainscot(page) -> None:
    panel = wood(_SIZE[0], (FLOOR_TOP - WAINSCOT_TOP) * ROOM_SCALE, (150, 106, 68), 31)
    _paste(page, panel, 0, WAINSCOT_TOP)
    for left in range(0, ROOM_WIDTH, 200):
        _rect(page, (left, WAINSCOT_TOP + 16, left + 3, FLOOR_TOP), (96, 64, 40))
        _rect(page, (left + 3, WAINSCOT_TOP + 16, left + 5, FLOOR_TOP), (176, 130, 88))
    _rect(page, (0, WAINSCOT_TOP, ROOM_WIDTH, WAINSCOT_TOP + 15), (168, 122, 80))
    shade(page, _at(0, WAINSCOT_TOP + 15, ROOM_WIDTH, WAINSCOT_TOP + 22), 0.4, 6)
    _rect(page, (0, FLOOR_TOP - 26, ROOM_WIDTH, FLOOR_TOP), (112, 76, 48))


def _floor(page) -> None:
    floor = wood(_SIZE[0], (ROOM_HEIGHT - FLOOR_TOP) * ROOM_SCALE, (172, 128, 84), 41, board=56)
    _paste(page, floor, 0, FLOOR_TOP)
    shade(page, _at(0, FLOOR_TOP, ROOM_WIDTH, FLOOR_TOP + 10), 0.5, 16)


def _window(page) -> None:
    left, top, right, bottom = WINDOW
    _rect(page, (left - 26, top - 26, right + 26, bottom + 30), (240, 234, 222), 4)
    width, height = _at(right - left, bottom - top)
    view = gradient(width, height, [(0, (196, 222, 240)), (0.45, (232, 240, 240)), (0.6, (214, 226, 206)), (1, (150, 176, 120))])
    leaves = noise(width, height, (70, 60), 51) + 0.6 * noise(width, height, (26, 22), 52)
    rows = np.linspace(0, 1, height)[:, None]
    crown = np.clip((leaves + (rows - 0.52) * 3.2) * 1.6, 0, 1)
    trees = Image.fromarray((np.clip(crown, 0, 1) * 235).astype(np.uint8)).filter(ImageFilter.GaussianBlur(9))
    view.paste((116, 150, 84), mask=trees)
    sun = Image.fromarray((np.clip(noise(width, height, (40, 36), 53), 0, 1) * 150).astype(np.uint8))
    view.paste((226, 232, 170), mask=ImageChops.multiply(sun, trees).filter(ImageFilter.GaussianBlur(8)))
    _paste(page, view, left, top)
    for x in (left + (right - left) / 2,):
        _rect(page, (x - 9, top, x + 9, bottom), (236, 229, 216))
    _rect(page, (left, top + 180, right, top + 194), (236, 229, 216))
    shade(page, _at(left, top, right, top + 8), 0.3, 8)
    _rect(page, (left - 46, bottom + 18, right + 46, bottom + 40), (246, 241, 231), 4)
    shade(page, _at(left - 40, bottom + 42, right + 40, bottom + 50), 0.35, 10)
    for x, side in ((left - 84, 1), (right - 20, -1)):
        _curtain(page, x, top - 60, 104, bottom + 60)


def _curtain(page, x, top, width, bottom) -> None:
    across = np.linspace(0, 1, width * ROOM_SCALE)
    folds = 1 + 0.16 * np.sin(across * 31) + 0.07 * np.sin(across * 74 + 1)
    height = (bottom - top) * ROOM_SCALE
    cloth = np.array((206, 172, 128), np.float32) * np.repeat(folds[None, :], height, 0)[..., None]
    shade(page, _at(x + 6, top, x + width + 10, bottom), 0.25, 10)
    _paste(page, Image.fromarray(np.clip(cloth, 0, 255).astype(np.uint8)), x, top)


def _door(page) -> None:
    left, top, right, bottom = DOOR
    _rect(page, (left - 24, top - 24, right + 24, bottom), (126, 88, 58))
    _paste(page, wood((right - left) * ROOM_SCALE, (bottom - top) * ROOM_SCALE, (160, 112, 72), 61), left, top)
    for y1, y2 in ((top + 300, top + 480), (top + 520, bottom - 60)):
        shade(page, _at(left + 40, y1, right - 40, y2), 0.25, 4)
        _rect(page, (left + 44, y1 + 4, right - 44, y2 - 4), (150, 104, 66), 4)
    _rect(page, (left + 60, top + 50, right - 60, top + 260), (196, 208, 204), 4)
    shade(page, _at(left + 60, top + 50, right - 60, top + 120), 0.35, 20, (255, 255, 250))
    _rect(page, (left + 18, top + 420, left + 34, top + 490), (196, 176, 130), 6)
    _rect(page, (left + 18, top + 446, left + 64, top + 458), (214, 196, 152), 5)


def _chalkboard(page) -> None:
    left, top, right, bottom = BOARD
    shade(page, _at(left - 20, top + 10, right + 26, bottom + 44), 0.45, 22)
    frame = wood((right - left + 48) * ROOM_SCALE, (bottom - top + 48) * ROOM_SCALE, (158, 110, 66), 71)
    _paste(page, frame, left - 24, top - 24)
    _paste(page, board.draw(right - left, bottom - top), left, top)
    shade(page, _at(left, top, right, top + 4), 0.5, 8)
    shade(page, _at(left, top, left + 4, bottom), 0.4, 8)
    for x in (left + (right - left) / 3, left + (right - left) * 2 / 3):
        _rect(page, (x - 1, top, x + 1, bottom), (34, 56, 47))
    _rect(page, (left - 24, bottom + 14, right + 24, bottom + 34), (176, 126, 80), 3)
    shade(page, _at(left - 20, bottom + 36, right + 24, bottom + 46), 0.4, 8)
    for x, colour in ((900, (244, 244, 238)), (948, (244, 222, 150)), (1010, (240, 240, 236)), (2210, (236, 176, 164))):
        _rect(page, (x, bottom + 8, x + 30, bottom + 15), colour, 3)
    _rect(page, (2290, bottom - 6, 2370, bottom + 15), (86, 72, 62), 4)
    _rect(page, (2290, bottom + 6, 2370, bottom + 15), (196, 188, 172), 3)


def _pictures(page, photos) -> None:
    for name, box in (("launch", (2560, 470, 2706, 690)), ("sky", (2560, 716, 2706, 840))):
        left, top, right, bottom = box
        shade(page, _at(left - 4, top + 4, right + 12, bottom + 14), 0.4, 8)
        _rect(page, (left - 8, top - 8, right + 8, bottom + 8), (74, 56, 42))
        _rect(page, (left - 2, top - 2, right + 2, bottom + 2), (246, 243, 236))
        photo = photos.get(name)
        if photo is None:
            photo = gradient(400, 400, [(0, (24, 42, 74)), (1, (120, 150, 190))])
        wide, high = right - left - 12, bottom - top - 12
        crop = _cover(photo, wide * ROOM_SCALE, high * ROOM_SCALE)
        _paste(page, crop, left + 6, top + 6)


def _cover(photo: Image.Image, width: int, height: int) -> Image.Image:
    scale = max(width / photo.width, height / photo.height)
    big = photo.resize((round(photo.width * scale) + 1, round(photo.height * scale) + 1), Image.LANCZOS)
    left, top = (big.width - width) // 2, (big.height - height) // 2
    return big.crop((left, top, left + width, top + height))


def _screen_case(page) -> None:
    """The projection screen, rolled up above the board."""
    shade(page, _at(1180, 226, 2040, 268), 0.4, 12)
    _rect(page, (1160, 214, 2040, 252), (242, 240, 234), 8)
    shade(page, _at(1164, 240, 2036, 250), 0.25, 6)
    _rect(page, (1190, 252, 2010, 260), (206, 204, 198), 3)
    _rect(page, (1590, 260, 1610, 276), (150, 148, 142), 3)


def _bench(page) -> None:
    left, top, right, bottom = BENCH
    shade(page, _at(left + 10, bottom - 10, right - 10, bottom + 30), 0.6, 26)
    _paste(page, wood((right - left) * ROOM_SCALE, (bottom - top) * ROOM_SCALE, (140, 94, 58), 81), left, top)
    for x in range(left, right + 1, 520):
        _rect(page, (x - 3, top + 46, x + 3, bottom), (92, 60, 36))
        for inner in (x + 40,):
            if inner + 440 < right:
                shade(page, _at(inner, top + 92, inner + 440, bottom - 46), 0.35, 8)
                _paste(page, wood(432 * ROOM_SCALE, (bottom - top - 146) * ROOM_SCALE, (152, 104, 66), 82 + x), inner + 4, top + 96)
    top_board = wood((right - left + 40) * ROOM_SCALE, 34 * ROOM_SCALE, (190, 140, 92), 91)
    _paste(page, top_board, left - 20, top)
    shade(page, _at(left - 20, top + 1, right + 20, top + 5), 0.35, 6, (255, 240, 214))
    _rect(page, (left - 20, top + 34, right + 20, top + 48), (116, 78, 48), 2)
    shade(page, _at(left, top + 50, right, top + 62), 0.55, 10)


def _things_on_bench(page) -> None:
    _laptop(page, 2240)
    _books(page, 640)
    _globe(page, 900)
    _glass(page, 2130)


def _laptop(page, x) -> None:
    base = BENCH_TOP + 22
    shade(page, _at(x - 10, base - 4, x + 230, base + 8), 0.5, 8)
    _poly(page, [(x + 6, base - 150), (x + 214, base - 150), (x + 226, base - 2), (x - 6, base - 2)], (178, 182, 188))
    _poly(page, [(x + 6, base - 150), (x + 214, base - 150), (x + 214, base - 146), (x + 6, base - 146)], (206, 210, 214))
    _rect(page, (x - 12, base - 4, x + 232, base + 5), (150, 154, 160), 4)
    ImageDraw.Draw(page).ellipse(_at(x + 98, base - 90, x + 122, base - 66), fill=(214, 218, 222))


def _books(page, x) -> None:
    base = BENCH_TOP + 24
    shade(page, _at(x, base - 2, x + 190, base + 8), 0.5, 8)
    for index, (inset, colour, height) in enumerate(((0, (126, 52, 44), 30), (12, (52, 78, 104), 26), (4, (176, 138, 70), 22))):
        base -= height
        _rect(page, (x + inset, base, x + 176 - inset, base + height - 1), colour, 3)
        _rect(page, (x + inset + 24, base + 3, x + inset + 30, base + height - 4), (232, 214, 170))
        shade(page, _at(x + inset, base + height - 5, x + 176 - inset, base + height), 0.4, 3)


def _globe(page, x) -> None:
    base, radius = BENCH_TOP + 22, 58
    y = base - 96
    shade(page, _at(x - 44, base - 4, x + 60, base + 8), 0.5, 8)
    pen = ImageDraw.Draw(page)
    pen.ellipse(_at(x - 44, base - 12, x + 44, base + 4), fill=(92, 62, 38))
    _rect(page, (x - 5, base - 44, x + 5, base - 6), (150, 116, 66))
    size = radius * 2 * ROOM_SCALE
    land = noise(size, size, (70, 60), 95) + 0.5 * noise(size, size, (30, 24), 96)
    ball = Image.new("RGB", (size, size), (84, 136, 172))
    ball.paste((186, 172, 112), mask=Image.fromarray(((land > 0.18) * 255).astype(np.uint8)).filter(ImageFilter.GaussianBlur(1)))
    across = np.linspace(-1, 1, size)
    light = np.clip(1.12 - 0.55 * ((across[None, :] + 0.35) ** 2 + (across[:, None] + 0.4) ** 2) / 1.4, 0.3, 1.2)
    ball = Image.fromarray(np.clip(np.asarray(ball, np.float32) * light[..., None], 0, 255).astype(np.uint8))
    disc = Image.new("L", (size * 2, size * 2))
    ImageDraw.Draw(disc).ellipse((0, 0, size * 2 - 1, size * 2 - 1), fill=255)
    page.paste(ball, _at(x - radius, y - radius), disc.resize((size, size), Image.LANCZOS))
    pen.arc(_at(x - radius - 9, y - radius - 9, x + radius + 9, y + radius + 9), 250, 110, fill=(170, 136, 78), width=5 * ROOM_SCALE)


def _glass(page, x) -> None:
    base = BENCH_TOP + 20
    shade(page, _at(x - 2, base - 3, x + 40, base + 6), 0.35, 6)
    shade(page, _at(x + 4, base - 50, x + 30, base - 2), 0.55, 2, (214, 226, 226))
    _rect(page, (x + 2, base - 66, x + 4, base), (226, 234, 234))
    _rect(page, (x + 30, base - 66, x + 32, base), (190, 200, 200))
    shade(page, _at(x + 8, base - 46, x + 11, base - 8), 0.8, 2, (255, 255, 255))


def _lit(page: Image.Image) -> Image.Image:
    """Daylight from the window on the left, lamps above the board, corners that fall off."""
    height, width = 175, 400
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    x, y = x / width, y / height
    day = 0.20 * np.exp(-(((x - 0.10) / 0.34) ** 2 + ((y - 0.42) / 0.5) ** 2))
    lamps = 0.13 * np.exp(-(((x - 0.5) / 0.30) ** 2 + ((y - 0.40) / 0.32) ** 2))
    fall = 0.30 * np.clip(((x - 0.5) ** 2 / 0.30 + (y - 0.45) ** 2 / 0.42), 0, 1)
    level = 0.92 + day + lamps - fall
    tint = np.stack([level * (1.02 - 0.05 * day), level, level * (0.955 + 0.25 * day)], -1)
    rows = []
    for top in range(0, page.height, 400):
        strip = np.asarray(page.crop((0, top, page.width, min(page.height, top + 400))), np.float32)
        box = (0, top * height / page.height, width, (top + strip.shape[0]) * height / page.height)
        light = [
            np.asarray(Image.fromarray(np.ascontiguousarray(tint[..., c])).resize(strip.shape[1::-1], Image.BICUBIC, box=box)) for c in range(3)
        ]
        grain = np.random.default_rng(top).normal(0, 0.8, strip.shape[:2]).astype(np.float32)
        rows.append(np.clip(strip * np.stack(light, -1) + grain[..., None], 0, 255).astype(np.uint8))
    return Image.fromarray(np.concatenate(rows))
