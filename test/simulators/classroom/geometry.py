"""Where things are. Room units are the camera's pixels at zoom 1; the origin is the room picture's top left."""

from dataclasses import dataclass

FRAME_WIDTH, FRAME_HEIGHT = 1280, 720
ROOM_WIDTH, ROOM_HEIGHT = 3200, 1400
ROOM_SCALE = 2  # the room is drawn this much finer, so that zooming in finds detail
PX_PER_DEG = 64 / 3  # 60 degrees across the frame at zoom 1
BENCH_TOP = 892  # the far edge of the bench: the lecturer stands behind it
FIGURE_SCALE = 0.8  # room units a portrait pixel
PORTRAIT_BASE = 455  # the portrait's row that meets the bench
PORTRAIT_HEAD = (228, 95)  # the middle of the head


@dataclass(frozen=True)
class Viewport:
    """Where the lens looks. `at_ms` and the rates let the renderer place a moving head to the frame."""

    pan_deg: float = 0.0
    tilt_deg: float = 0.0
    zoom: float = 1.0
    at_ms: float = 0.0
    pan_rate: float = 0.0
    tilt_rate: float = 0.0

    def moved_to(self, epoch_ms: float) -> "Viewport":
        """Carried on at its rates, for 100 ms at most: a head that falls silent stands still."""
        ahead_s = min(max(epoch_ms - self.at_ms, -100), 100) / 1000
        if not self.pan_rate and not self.tilt_rate:
            return self
        return Viewport(self.pan_deg + self.pan_rate * ahead_s, self.tilt_deg + self.tilt_rate * ahead_s, self.zoom, epoch_ms)

    def box(self) -> tuple[float, float, float, float]:
        """Left, top, width, height in room units, kept inside the room."""
        width, height = FRAME_WIDTH / self.zoom, FRAME_HEIGHT / self.zoom
        left = ROOM_WIDTH / 2 + self.pan_deg * PX_PER_DEG - width / 2
        top = ROOM_HEIGHT / 2 - self.tilt_deg * PX_PER_DEG - height / 2
        return min(max(left, 0), ROOM_WIDTH - width), min(max(top, 0), ROOM_HEIGHT - height), width, height
