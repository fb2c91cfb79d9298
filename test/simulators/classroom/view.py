"""What the camera sees: the part of the room in the viewport, with the lecturer in it."""

import numpy as np

from figure import PAD_LEFT, PAD_TOP
from geometry import BENCH_TOP, FIGURE_SCALE, FRAME_HEIGHT, FRAME_WIDTH, PORTRAIT_BASE, PORTRAIT_HEAD, ROOM_SCALE, Viewport
from planes import halve_plane, resize_plane
from script import Pose
from sprites import Sprites

_FRAME = (FRAME_WIDTH, FRAME_HEIGHT)
_HALF = (FRAME_WIDTH // 2, FRAME_HEIGHT // 2)
# Below this zoom the coarser room picture is the sharper source: it was reduced well, once.
_FINE_FROM_ZOOM = 1.3


class View:
    """`room` is [Y, U, V, front] at `ROOM_SCALE`; front is 255 where something hides the lecturer."""

    def __init__(self, room: list[np.ndarray], sprites: Sprites):
        self._sprites = sprites
        self._levels = {ROOM_SCALE: room, 1: [halve_plane(plane) for plane in room]}
        self._box = None
        self._settled = False
        self._background: list[np.ndarray] = []

    def frame(self, viewport: Viewport, pose: Pose) -> list[np.ndarray]:
        box = viewport.box()
        if box != self._box or not self._settled:
            # While the head moves nobody sees that the colours are rough; once it rests they are cut again, well.
            self._settled = box == self._box
            self._background = self._cut(box, viewport.zoom, self._settled)
            self._box = box
        picture = [plane.copy() for plane in self._background[:3]]
        self._place(picture, box, viewport.zoom, pose)
        return picture

    def _cut(self, box, zoom: float, well: bool) -> list[np.ndarray]:
        """[Y, U, V, front, front at half size] of the viewport, at the frame's size."""
        left, top, _, _ = box
        level = ROOM_SCALE if zoom >= _FINE_FROM_ZOOM else 1
        luma, blue, red, front = self._levels[level]
        if abs(level / zoom - 1) < 0.001:
            x, y = int(left * level), int(top * level)
            cut = [_crop(luma, x, y, _FRAME), _crop(blue, x // 2, y // 2, _HALF), _crop(red, x // 2, y // 2, _HALF), _crop(front, x, y, _FRAME)]
        else:
            cut = [
                _zoomed(luma, box, level, _FRAME, True),
                _zoomed(blue, box, level / 2, _HALF, well),
                _zoomed(red, box, level / 2, _HALF, well),
                _zoomed(front, box, level, _FRAME, well),
            ]
        return [*cut, cut[3][::2, ::2]]

    def _place(self, picture, box, zoom: float, pose: Pose) -> None:
        scale = FIGURE_SCALE * zoom
        sprite = self._sprites.get(pose.gesture, scale, keep=self._settled)
        x = (pose.x - box[0]) * zoom - (PAD_LEFT + PORTRAIT_HEAD[0]) * scale + sprite.left
        y = (BENCH_TOP - pose.bob - box[1]) * zoom - (PAD_TOP + PORTRAIT_BASE) * scale + sprite.top
        front, front_half = self._background[3], self._background[4]
        _blend(picture[0], sprite.luma, sprite.alpha, front, round(x), round(y))
        for plane, colour in ((picture[1], sprite.blue), (picture[2], sprite.red)):
            _blend(plane, colour, sprite.alpha_half, front_half, round(x / 2), round(y / 2))


def _blend(plane, colour, alpha, front, x: int, y: int) -> None:
    """plane = colour (premultiplied) over plane, behind `front`."""
    height, width = plane.shape
    left, top = max(0, x), max(0, y)
    right, bottom = min(width, x + alpha.shape[1]), min(height, y + alpha.shape[0])
    if left >= right or top >= bottom:
        return
    inside = (slice(top - y, bottom - y), slice(left - x, right - x))
    region = plane[top:bottom, left:right]
    hidden = front[top:bottom, left:right]
    add, cover = colour[inside].astype(np.uint16), alpha[inside].astype(np.uint16)
    if hidden.any():
        seen = 255 - hidden.astype(np.uint16)
        add, cover = add * seen // 255, cover * seen // 255
    # In 256ths, so that 16 bits and a shift suffice.
    keep = 256 - (cover + (cover >> 7))
    region[...] = np.minimum(add + (region * keep >> 8), 255)


def _crop(plane, x: int, y: int, size) -> np.ndarray:
    return np.ascontiguousarray(plane[y : y + size[1], x : x + size[0]])


def _zoomed(plane, box, level: float, size, smooth: bool) -> np.ndarray:
    """Cuts with a margin of two pixels, so that a slow pan moves by fractions of one."""
    left, top, width, height = (value * level for value in box)
    x, y = max(0, int(left) - 2), max(0, int(top) - 2)
    cut = np.ascontiguousarray(plane[y : int(top + height) + 3, x : int(left + width) + 3])
    right, bottom = min(left - x + width, cut.shape[1]), min(top - y + height, cut.shape[0])
    return resize_plane(cut, size, (left - x, top - y, right, bottom), smooth)
