"""Drawing on a page that is larger than the picture will be, so that edges come out smooth."""

from PIL import Image, ImageDraw

from fonts import sans

INK = "#1d2733"


class Pen:
    """Draws in the units of the finished picture on a page that is `scale` times as large."""

    def __init__(self, page: Image.Image, scale: int):
        self._scale = scale
        self._draw = ImageDraw.Draw(page)

    def text(self, x, y, text, size, fill=INK, bold=False, anchor="la", font=None) -> None:
        face = (font or sans)(size * self._scale, bold)
        self._draw.text((x * self._scale, y * self._scale), text, font=face, fill=fill, anchor=anchor)

    def line(self, points, fill=INK, width=3) -> None:
        self._draw.line([(x * self._scale, y * self._scale) for x, y in points], fill=fill, width=int(width * self._scale), joint="curve")

    def disc(self, x, y, radius, fill, outline=None) -> None:
        box = [(x - radius) * self._scale, (y - radius) * self._scale, (x + radius) * self._scale, (y + radius) * self._scale]
        self._draw.ellipse(box, fill=fill, outline=outline, width=3 * self._scale)

    def polygon(self, points, fill) -> None:
        self._draw.polygon([(x * self._scale, y * self._scale) for x, y in points], fill=fill)

    def box(self, left, top, right, bottom, fill, radius=12) -> None:
        self._draw.rounded_rectangle([left * self._scale, top * self._scale, right * self._scale, bottom * self._scale], radius * self._scale, fill=fill)
