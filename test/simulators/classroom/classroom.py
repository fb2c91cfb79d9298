"""The room's three sources, as functions of time: what each one gives at an instant of the wall clock."""

from gi.repository import Gst

import planes
from geometry import FRAME_HEIGHT, FRAME_WIDTH, PX_PER_DEG, ROOM_HEIGHT, ROOM_WIDTH, Viewport
from lecture import slide_at
from marks import is_flashing, paint_flash, paint_timecode
from script import pose_at
from sprites import Sprites
from view import View
from voice import RATE, Microphone


class Classroom:
    def __init__(self, assets, fps: int):
        self._frame_ms = 1000 / fps
        self._view = View(assets.room(), Sprites(assets.poses()))
        self._slides = [_memory(planes.join(page)) for page in assets.slides()]
        self._microphone = Microphone(assets.voice())
        self._black = planes.join(planes.black(FRAME_WIDTH, FRAME_HEIGHT))
        self._last_camera = self._black
        self._last_slide = 0
        self.viewport = Viewport()
        self.fault: str | None = None

    def camera(self, tick_us: int):
        if self.fault == "stall":
            return None
        if self.fault == "black":
            return _buffer(self._black)
        if self.fault != "freeze":
            self._last_camera = self._picture(round(tick_us / 1000))
        return _buffer(self._last_camera)

    def slides(self, tick_us: int):
        if self.fault == "stall":
            return None
        if self.fault == "black":
            return _buffer(self._black)
        if self.fault != "freeze":
            self._last_slide = slide_at(tick_us // 1000)
        buffer = Gst.Buffer.new()
        buffer.append_memory(self._slides[self._last_slide])
        return buffer

    def microphone(self, tick_us: int):
        if self.fault == "stall":
            return None
        self._microphone.silent = self.fault in ("silence", "freeze")
        return _buffer(self._microphone.samples(tick_us, RATE // 100))

    def set_microphone_clock(self, ppm: float) -> None:
        self._microphone.clock_ppm = ppm

    def truth(self, epoch_ms: float) -> dict:
        """Where the lecturer's head is, in room units and as the direction in which a camera would centre it."""
        pose, viewport = pose_at(epoch_ms), self.viewport.moved_to(epoch_ms)
        x, y = pose.head
        left, top, width, height = viewport.box()
        return {
            "atMs": epoch_ms,
            "phase": pose.phase,
            "gesture": round(pose.gesture, 3),
            "slide": slide_at(int(epoch_ms)) + 1,
            "head": {
                "x": round(x, 2),
                "y": round(y, 2),
                "panDeg": round((x - ROOM_WIDTH / 2) / PX_PER_DEG, 3),
                "tiltDeg": round((ROOM_HEIGHT / 2 - y) / PX_PER_DEG, 3),
                "inFrame": {"x": round((x - left) / width, 4), "y": round((y - top) / height, 4)},
            },
            "viewport": {"panDeg": viewport.pan_deg, "tiltDeg": viewport.tilt_deg, "zoom": viewport.zoom},
        }

    def _picture(self, epoch_ms: int) -> bytes:
        picture = self._view.frame(self.viewport.moved_to(epoch_ms), pose_at(epoch_ms))
        paint_timecode(picture, epoch_ms)
        if is_flashing(epoch_ms, self._frame_ms):
            paint_flash(picture)
        return planes.join(picture)


def _memory(data: bytes):
    return Gst.Buffer.new_wrapped(data).get_memory(0)


def _buffer(data: bytes):
    return Gst.Buffer.new_wrapped(data)
