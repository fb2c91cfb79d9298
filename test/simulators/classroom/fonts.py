"""The fonts Debian's fonts-noto-cjk and fonts-dejavu-core bring."""

from functools import lru_cache

from PIL import ImageFont

_NOTO = "/usr/share/fonts/opentype/noto/NotoSansCJK-%s.ttc"
_SERIF = "/usr/share/fonts/opentype/noto/NotoSerifCJK-%s.ttc"
_DEJAVU = "/usr/share/fonts/truetype/dejavu/DejaVuSans%s.ttf"
_SIMPLIFIED_CHINESE = 2  # the face's index inside the collection


@lru_cache(maxsize=64)
def sans(size: int, bold: bool = False) -> ImageFont.FreeTypeFont:
    return _first([(_NOTO % ("Bold" if bold else "Regular"), _SIMPLIFIED_CHINESE), (_DEJAVU % ("-Bold" if bold else ""), 0)], size)


@lru_cache(maxsize=16)
def serif(size: int, bold: bool = False) -> ImageFont.FreeTypeFont:
    return _first([(_SERIF % ("Bold" if bold else "Regular"), _SIMPLIFIED_CHINESE), (_DEJAVU % "", 0)], size)


@lru_cache(maxsize=16)
def chalk(size: int) -> ImageFont.FreeTypeFont:
    """The nearest to a hand that is always there; the board shakes it letter by letter."""
    return _first([(_DEJAVU % "-Oblique", 0), (_DEJAVU % "", 0)], size)


def _first(candidates, size: int) -> ImageFont.FreeTypeFont:
    for path, index in candidates:
        try:
            return ImageFont.truetype(path, size, index=index)
        except OSError:
            continue
    raise OSError("No font found: install the Debian packages fonts-noto-cjk or fonts-dejavu-core.")
