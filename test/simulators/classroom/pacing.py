"""Pushes a stream's buffers into GStreamer on the grid of the wall clock."""

import threading
import time

from gi.repository import Gst

# Short of processor time, a stream catches up: hardware would have lost nothing. Later than this the wall clock was set, or the
# machine slept: then the missed periods are skipped.
MAX_LATE_US = 1_000_000


class PacedStream(threading.Thread):
    """Calls `make(tick_us)` at each multiple of `period_us` of the epoch and pushes what it returns to every listener.

    `lag_us` shifts the timestamp: a camera's picture is of the instant of its tick, a microphone's samples are those
    of the period that has just ended.
    """

    def __init__(self, name: str, period_us: int, lag_us: int, make):
        super().__init__(name=name, daemon=True)
        self._period_us = period_us
        self._lag_us = lag_us
        self._make = make
        self._source = None
        self._origin = None
        self._wanted = threading.Event()

    def attach(self, source) -> None:
        self._origin = None
        self._source = source
        self._wanted.set()

    def detach(self, source) -> None:
        if self._source is source:
            self._wanted.clear()
            self._source = None

    def run(self) -> None:
        tick_us = self._next_tick()
        while True:
            if not self._wanted.is_set():
                self._wanted.wait()
                tick_us = self._next_tick()
            _sleep_until(tick_us)
            self._push(tick_us)
            tick_us += self._period_us
            if time.time() * 1e6 - tick_us > MAX_LATE_US:
                tick_us = self._next_tick()

    def _next_tick(self) -> int:
        return (int(time.time() * 1e6) // self._period_us + 1) * self._period_us

    def _push(self, tick_us: int) -> None:
        source = self._source
        if source is None or source.get_state(0)[1] != Gst.State.PLAYING:
            return
        buffer = self._make(tick_us)
        if buffer is None:
            return
        if self._origin is None:
            running_ns = source.get_clock().get_time() - source.get_base_time()
            # The picture is of its tick, not of the moment when it was drawn; a period of head room keeps the first timestamp positive.
            drawn_ns = int(time.time() * 1e6 - tick_us) * 1000
            self._origin = (tick_us, max(running_ns - drawn_ns, self._lag_us * 1000))
        first_us, first_ns = self._origin
        buffer.pts = first_ns + (tick_us - first_us - self._lag_us) * 1000
        buffer.dts = buffer.pts
        buffer.duration = self._period_us * 1000
        source.emit("push-buffer", buffer)


def _sleep_until(epoch_us: int) -> None:
    wait_s = epoch_us / 1e6 - time.time()
    if wait_s > 0:
        time.sleep(wait_s)
