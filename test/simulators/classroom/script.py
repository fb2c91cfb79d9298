"""What the lecturer does, second by second, by the wall clock: the same instant always finds the same pose."""

import math
from dataclasses import dataclass

from geometry import BENCH_TOP, FIGURE_SCALE, PORTRAIT_BASE, PORTRAIT_HEAD

# (phase, seconds, where it ends in room units)
LEGS = [
    ("talk", 9.0, 1340),
    ("walk", 5.0, 1760),
    ("point", 8.0, 1760),
    ("walk", 4.0, 1500),
    ("explain", 8.0, 1500),
    ("walk", 6.0, 1990),
    ("point", 8.0, 1990),
    ("explain", 5.0, 1990),
    ("walk", 7.0, 1340),
]
CYCLE_SECONDS = sum(leg[1] for leg in LEGS)
STEP_SECONDS = 0.55
BOB_UNITS = 5.0


@dataclass(frozen=True)
class Pose:
    phase: str
    x: float  # of the head's middle, room units
    bob: float  # how far the figure is lifted, room units
    gesture: float  # 0 arm down, 1 arm pointing at the board

    @property
    def head(self) -> tuple[float, float]:
        return self.x, BENCH_TOP - (PORTRAIT_BASE - PORTRAIT_HEAD[1]) * FIGURE_SCALE - self.bob


def pose_at(epoch_ms: float) -> Pose:
    since = epoch_ms / 1000 % CYCLE_SECONDS
    start_x = LEGS[-1][2]
    for phase, seconds, end_x in LEGS:
        if since < seconds:
            return _pose(phase, since, seconds, start_x, end_x)
        since -= seconds
        start_x = end_x
    return _pose(*LEGS[-1][:1], LEGS[-1][1], LEGS[-1][1], start_x, start_x)


def _pose(phase: str, since: float, seconds: float, start_x: float, end_x: float) -> Pose:
    if phase == "walk":
        x = start_x + (end_x - start_x) * _ease(since / seconds)
        swing = math.sin(math.pi * since / seconds)
        return Pose(phase, x, BOB_UNITS * abs(math.sin(math.pi * since / STEP_SECONDS)) * min(1, 2 * swing), 0.10 * swing)
    lean = 3 * math.sin(2 * math.pi * since / 4.5) * _fade(since, seconds, 1.0)
    return Pose(phase, end_x + lean, 0.0, _gesture(phase, since, seconds))


def _gesture(phase: str, since: float, seconds: float) -> float:
    if phase == "talk":
        return _fade(since, seconds, 1.5) * (0.22 + 0.14 * math.sin(2 * math.pi * since / 2.6))
    if phase == "explain":
        return _fade(since, seconds, 1.0) * (0.48 + 0.17 * math.sin(2 * math.pi * since / 1.9))
    return _fade(since, seconds, 0.9) * (0.90 + 0.10 * math.sin(2 * math.pi * since / 1.6))


def _fade(since: float, seconds: float, edge: float) -> float:
    """0 at both ends, 1 between."""
    return _ease(min(1, since / edge)) * _ease(min(1, (seconds - since) / edge))


def _ease(part: float) -> float:
    part = min(max(part, 0), 1)
    return part * part * (3 - 2 * part)
