"""The lecturer: the astronaut's portrait cut out along an outline of our own, with a right arm that moves at two joints."""

from functools import lru_cache

import numpy as np
from PIL import Image, ImageChops, ImageDraw, ImageFilter

from geometry import PORTRAIT_BASE

POSES = 25
# Room around the portrait for the raised arm and the shadow, in portrait pixels.
PAD_LEFT, PAD_TOP, PAD_RIGHT = 410, 120, 40
BELOW_BASE = 14  # a lifted figure must not show where it ends
CANVAS = (PAD_LEFT + 512 + PAD_RIGHT, PAD_TOP + PORTRAIT_BASE + BELOW_BASE)
_PAD_BELOW = 460  # the arm turns on a taller canvas: at rest its hand is below the bench's edge
_WORK = (CANVAS[0], CANVAS[1] + _PAD_BELOW)

SHOULDER, ELBOW = (86, 270), (70, 436)
FOREARM_LENGTH, FOREARM_WIDTH = 132, 84

# Outlines in portrait pixels, clockwise.
_OUTLINE = [
    (186, 149), (182, 136), (175, 131), (170, 119), (162, 112), (156, 98), (154, 84), (155, 70), (160, 57), (171, 47), (186, 37),
    (198, 26), (214, 20), (232, 17), (252, 20), (270, 26), (284, 38), (294, 53), (299, 69), (300, 84), (298, 99), (292, 111),
    (284, 122), (277, 130), (269, 136), (264, 150), (257, 170), (266, 178), (281, 190), (295, 205), (302, 221), (306, 235),
    (314, 240), (327, 249), (339, 260), (347, 277), (353, 301), (359, 322), (364, 348), (380, 347), (397, 345), (421, 348),
    (450, 361), (474, 385), (489, 415), (495, 446), (499, 470), (499, 520), (22, 520), (22, 470), (22, 440), (21, 420), (21, 390),
    (24, 365), (29, 336), (37, 311), (47, 286), (59, 263), (74, 241), (90, 227), (104, 216), (114, 208), (112, 199), (117, 187),
    (127, 167), (138, 158), (155, 152), (172, 150),
]  # fmt: skip
_ARM = [
    (112, 236), (98, 226), (86, 231), (73, 243), (59, 263), (47, 286), (37, 311), (29, 336), (24, 365), (21, 390), (21, 420),
    (24, 446), (34, 462), (70, 470), (104, 458), (122, 436), (128, 400), (128, 360), (128, 330), (129, 306), (128, 280), (124, 256),
]  # fmt: skip
# What the arm uncovers when it lifts: the flank ends here.
_FLANK = [(104, 276), (115, 300), (118, 340), (119, 400), (124, 530), (0, 530), (0, 250), (52, 250), (78, 262)]


def draw_poses(portrait: Image.Image | None) -> list[tuple[Image.Image, Image.Image]]:
    """(colour, alpha) for each pose from arm down to arm raised, shadow included, on a canvas of `CANVAS`."""
    parts = _Parts(portrait if portrait is not None else _drawn_portrait())
    return [parts.pose(index / (POSES - 1)) for index in range(POSES)]


class _Parts:
    def __init__(self, portrait: Image.Image):
        self._photo = _on_canvas(portrait)
        outline, flank, arm = _mask(_OUTLINE, 1.0), _mask(_FLANK, 2.5), _mask(_ARM, 1.6)
        self._body = ImageChops.subtract(outline, flank)
        self._arm = ImageChops.darker(arm, outline)
        self._forearm = _forearm(portrait)

    def pose(self, gesture: float) -> tuple[Image.Image, Image.Image]:
        upper_deg, fore_deg = 60 * gesture, 14 + 100 * gesture**0.75
        colour, alpha = self._photo.copy(), self._body.copy()
        elbow = _turned(ELBOW, SHOULDER, upper_deg)
        for layer, mask in (self._upper(upper_deg), self._fore(elbow, fore_deg)):
            colour.paste(layer, mask=mask)
            alpha = ImageChops.lighter(alpha, mask)
        visible = (0, 0, *CANVAS)
        return _with_shadow(colour.crop(visible), alpha.crop(visible))

    def _upper(self, degrees: float):
        centre = _shifted(SHOULDER)
        turn = {"resample": Image.BICUBIC, "center": centre}
        return self._photo.rotate(-degrees, **turn), self._arm.rotate(-degrees, **turn)

    def _fore(self, elbow, degrees: float):
        image, mask = self._forearm
        at = _shifted(elbow)
        colour, alpha = Image.new("RGB", _WORK), Image.new("L", _WORK)
        corner = (round(at[0] - image.width / 2), round(at[1] - FOREARM_WIDTH * 0.42))
        colour.paste(image, corner)
        alpha.paste(mask, corner)
        turn = {"resample": Image.BICUBIC, "center": at}
        return colour.rotate(-degrees, **turn), alpha.rotate(-degrees, **turn)


def _forearm(portrait: Image.Image):
    """Points down from the elbow: the sleeve's own cloth, tapered, a wrist ring, a gloved hand with a pointer."""
    width, height = 120, 420
    sleeve = portrait.crop((24, 300, 122, 452)).transpose(Image.FLIP_TOP_BOTTOM).resize((FOREARM_WIDTH, FOREARM_LENGTH + 24))
    image = Image.new("RGB", (width, height), (190, 84, 40))
    image.paste(sleeve, ((width - FOREARM_WIDTH) // 2, 0))
    mask = Image.new("L", (width * 4, height * 4))
    pen = ImageDraw.Draw(mask)
    pen.polygon(_by4([(22, 36), (98, 36), (88, 152), (33, 152)]), fill=255)
    pen.ellipse(_by4([(22, 0), (98, 72)]), fill=255)
    image = ImageChops.multiply(image, _roundness(width, height))
    _hand(image, pen)
    return image, mask.resize((width, height), Image.LANCZOS)


def _hand(image: Image.Image, mask_pen: ImageDraw.ImageDraw) -> None:
    """Wrist ring, closed glove and pointer, drawn four times as large."""
    width, height = image.size
    big = image.resize((width * 4, height * 4), Image.BICUBIC)
    pen = ImageDraw.Draw(big)
    shapes = [
        ("poly", [(58, 190), (63, 190), (62, 400), (60, 400)], (236, 226, 205)),
        ("ellipse", [(33, 160), (88, 214)], (46, 46, 66)),
        ("ellipse", [(37, 163), (78, 202)], (66, 66, 92)),
        ("poly", [(36, 152), (86, 152), (83, 176), (39, 176)], (52, 52, 74)),
        ("ellipse", [(31, 142), (90, 166)], (120, 122, 134)),
        ("ellipse", [(33, 140), (88, 158)], (196, 198, 206)),
    ]
    for top in (172, 184, 196):
        shapes.append(("ellipse", [(34, top), (60, top + 15)], (38, 38, 56)))
        shapes.append(("ellipse", [(35, top), (58, top + 11)], (84, 84, 112)))
    for kind, points, fill in shapes:
        draw = "polygon" if kind == "poly" else "ellipse"
        getattr(pen, draw)(_by4(points), fill=fill)
        getattr(mask_pen, draw)(_by4(points), fill=255)
    hand = big.filter(ImageFilter.GaussianBlur(3)).resize((width, height), Image.LANCZOS)
    image.paste(hand.crop((0, 140, width, height)), (0, 140))


def _roundness(width: int, height: int) -> Image.Image:
    """A sleeve is a tube: darker towards its edges."""
    across = np.abs(np.linspace(-1, 1, width))
    shade = 255 * (1 - 0.42 * np.clip((across - 0.25) / 0.45, 0, 1) ** 2)
    return Image.fromarray(np.repeat(shade.astype(np.uint8)[None, :, None], height, 0).repeat(3, 2))


def _with_shadow(colour: Image.Image, alpha: Image.Image) -> tuple[Image.Image, Image.Image]:
    """Adds the soft shadow that falls on the board to the right."""
    shadow = Image.new("L", CANVAS)
    shadow.paste(alpha, (26, 16))
    shadow = shadow.filter(ImageFilter.GaussianBlur(16)).point(lambda level: int(level * 0.34))
    solid = np.asarray(alpha, np.float32)[..., None] / 255
    under = np.asarray(shadow, np.float32)[..., None] / 255 * (1 - solid)
    both = solid + under
    lit = np.asarray(colour, np.float32) * np.array([0.97, 0.93, 0.86], np.float32)
    mixed = lit * solid / np.maximum(both, 1e-4)
    return Image.fromarray(mixed.astype(np.uint8)), Image.fromarray((both[..., 0] * 255).astype(np.uint8))


@lru_cache(maxsize=None)
def _spline(points: tuple) -> list[tuple[float, float]]:
    """Catmull-Rom through the points, closed."""
    path, count = [], len(points)
    for index in range(count):
        a, b, c, d = (np.array(points[(index + k) % count], float) for k in (-1, 0, 1, 2))
        for t in (0, 0.25, 0.5, 0.75):
            path.append(tuple(0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3)))
    return path


def _mask(outline, softness: float) -> Image.Image:
    big = Image.new("L", (_WORK[0] * 3, _WORK[1] * 3))
    points = [((x + PAD_LEFT) * 3, (y + PAD_TOP) * 3) for x, y in _spline(tuple(outline))]
    ImageDraw.Draw(big).polygon(points, fill=255)
    return big.filter(ImageFilter.GaussianBlur(softness * 3)).resize(_WORK, Image.LANCZOS).point(_tighten)


def _tighten(level: int) -> int:
    """Pulls the soft edge inwards, so that none of the studio's backdrop comes along."""
    return min(255, max(0, int((level - 90) * 1.7)))


def _on_canvas(portrait: Image.Image) -> Image.Image:
    canvas = Image.new("RGB", _WORK, (190, 84, 40))
    canvas.paste(portrait, (PAD_LEFT, PAD_TOP))
    return canvas


def _turned(point, centre, degrees: float) -> tuple[float, float]:
    """Clockwise on the screen."""
    angle = np.deg2rad(degrees)
    x, y = point[0] - centre[0], point[1] - centre[1]
    return centre[0] + x * np.cos(angle) - y * np.sin(angle), centre[1] + x * np.sin(angle) + y * np.cos(angle)


def _shifted(point) -> tuple[float, float]:
    return point[0] + PAD_LEFT, point[1] + PAD_TOP


def _by4(points):
    return [(x * 4, y * 4) for x, y in points]


def _drawn_portrait() -> Image.Image:
    """A plain stand-in of the same shape, where the photograph can't be had."""
    image = Image.new("RGB", (512, 512), (200, 92, 44))
    pen = ImageDraw.Draw(image)
    pen.ellipse((150, 14, 304, 150), fill=(120, 86, 48))
    pen.ellipse((178, 50, 272, 190), fill=(226, 178, 150))
    pen.chord((178, 40, 272, 150), 180, 360, fill=(120, 86, 48))
    pen.rectangle((196, 186, 258, 240), fill=(30, 30, 36))
    for x in (204, 246):
        pen.ellipse((x - 6, 98, x + 6, 107), fill=(50, 40, 36))
    pen.arc((205, 130, 245, 158), 20, 160, fill=(150, 60, 60), width=4)
    pen.ellipse((285, 345, 505, 560), fill=(40, 42, 52))
    return image.filter(ImageFilter.GaussianBlur(1.2))
