"""The lecturer's poses as premultiplied planes, scaled to the picture when they are needed."""

from collections import OrderedDict
from dataclasses import dataclass

import numpy as np
from PIL import Image

from planes import from_rgb, resize_plane

_CACHED = 96


@dataclass(frozen=True)
class Sprite:
    """Luma and its alpha at full size, chroma and its alpha at half; `left` and `top` are the crop's place on the canvas."""

    luma: np.ndarray
    alpha: np.ndarray
    blue: np.ndarray
    red: np.ndarray
    alpha_half: np.ndarray
    left: float
    top: float


class Sprites:
    def __init__(self, poses: list[tuple[Image.Image, Image.Image]]):
        self._poses = [_premultiplied(colour, alpha) for colour, alpha in poses]
        self._scaled: OrderedDict[tuple[int, float], Sprite] = OrderedDict()

    def get(self, gesture: float, scale: float, keep: bool = True) -> Sprite:
        """`keep` is for a scale that lasts; one of a moving zoom is made roughly and forgotten."""
        index = round(min(max(gesture, 0), 1) * (len(self._poses) - 1))
        key = (index, round(scale, 3))
        found = self._scaled.pop(key, None)
        if found is None and not keep:
            return _scaled(self._poses[index], scale, smooth=False)
        found = found or _scaled(self._poses[index], scale)
        self._scaled[key] = found
        if len(self._scaled) > _CACHED:
            self._scaled.popitem(last=False)
        return found


def _premultiplied(colour: Image.Image, alpha: Image.Image) -> Sprite:
    left, top, right, bottom = alpha.getbbox()
    left, top = left // 2 * 2, top // 2 * 2
    right, bottom = min(colour.width, (right + 1) // 2 * 2), min(colour.height, (bottom + 1) // 2 * 2)
    # A shadow's edge is transparent: what colour lies beyond it is never seen.
    box = (left, top, right // 2 * 2, bottom // 2 * 2)
    luma, blue, red = from_rgb(colour.crop(box))
    cover = np.asarray(alpha.crop(box))
    half = np.asarray(alpha.crop(box).resize((cover.shape[1] // 2, cover.shape[0] // 2), Image.BOX))
    return Sprite(_times(luma, cover), cover, _times(blue, half), _times(red, half), half, left, top)


def _scaled(sprite: Sprite, scale: float, smooth: bool = True) -> Sprite:
    height, width = sprite.alpha.shape
    half = (max(1, round(width * scale / 2)), max(1, round(height * scale / 2)))
    full = (half[0] * 2, half[1] * 2)
    return Sprite(
        resize_plane(sprite.luma, full),
        resize_plane(sprite.alpha, full),
        resize_plane(sprite.blue, half, smooth=smooth),
        resize_plane(sprite.red, half, smooth=smooth),
        resize_plane(sprite.alpha_half, half, smooth=smooth),
        sprite.left * scale,
        sprite.top * scale,
    )


def _times(plane: np.ndarray, alpha: np.ndarray) -> np.ndarray:
    return ((plane.astype(np.uint16) * alpha + 127) // 255).astype(np.uint8)
