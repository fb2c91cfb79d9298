"""Pictures as three planes (I420, BT.709, limited range): what the encoder takes and what is cheap to copy."""

import numpy as np
from PIL import Image

# BT.709 (ITU-R BT.709-6, 3.2 and 3.4), 8-bit limited range.
_LUMA = (0.2126, 0.7152, 0.0722)


def from_rgb(image: Image.Image) -> list[np.ndarray]:
    """RGB picture (even width and height) to [Y, U, V]; chroma is averaged over 2x2."""
    rgb = np.asarray(image.convert("RGB"), dtype=np.float32)
    luma = rgb @ np.array(_LUMA, dtype=np.float32)
    blue = (rgb[..., 2] - luma) / 1.8556
    red = (rgb[..., 0] - luma) / 1.5748
    return [
        _bytes(16 + luma * (219 / 255)),
        _bytes(128 + _halve(blue) * (224 / 255)),
        _bytes(128 + _halve(red) * (224 / 255)),
    ]


def halve_plane(plane: np.ndarray) -> np.ndarray:
    return _bytes(_halve(plane.astype(np.float32)))


def resize_plane(plane: np.ndarray, size: tuple[int, int], box=None, smooth: bool = True) -> np.ndarray:
    """`size` is (width, height); `box` is a crop in fractional source pixels. Not smooth is four times as quick."""
    return np.asarray(Image.fromarray(plane).resize(size, Image.BILINEAR if smooth else Image.NEAREST, box=box))


def join(planes: list[np.ndarray]) -> bytes:
    return b"".join(plane.tobytes() for plane in planes)


def black(width: int, height: int) -> list[np.ndarray]:
    half = (height // 2, width // 2)
    return [
        np.full((height, width), 16, np.uint8),
        np.full(half, 128, np.uint8),
        np.full(half, 128, np.uint8),
    ]


def _halve(plane: np.ndarray) -> np.ndarray:
    return (plane[0::2, 0::2] + plane[1::2, 0::2] + plane[0::2, 1::2] + plane[1::2, 1::2]) / 4


def _bytes(values: np.ndarray) -> np.ndarray:
    return np.clip(values + 0.5, 0, 255).astype(np.uint8)
