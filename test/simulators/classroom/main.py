"""The classroom's media: an RTSP server with /camera, /slides and /mic.

Driven by JSON lines on standard input, answered by JSON lines on standard output:
  {"type":"viewport","atMs":…,"panDeg":…,"tiltDeg":…,"zoom":…,"panRate":…,"tiltRate":…}
  {"type":"fault","rtsp":"freeze"|"stall"|"black"|"silence"|null}
  {"type":"clock","microphonePpm":…}
  {"type":"truth","id":…}  ->  {"type":"truth","id":…,"head":{…},…}
The first line out is {"type":"ready","port":…}. The end of standard input ends the process.
"""

import argparse
import json
import os
import sys
import threading
import time
from pathlib import Path

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst  # noqa: E402

from assets import Assets  # noqa: E402
from classroom import Classroom  # noqa: E402
from geometry import FRAME_HEIGHT, FRAME_WIDTH, Viewport  # noqa: E402
from pacing import PacedStream  # noqa: E402
from rtsp import Server, audio_launch, video_launch  # noqa: E402
from voice import RATE  # noqa: E402

SLIDES_FPS = 10
MIC_PERIOD_US = 10_000


def main() -> None:
    options = _options()
    Gst.init(None)
    classroom = Classroom(Assets(Path(options.cache)), options.fps)
    _hurry()
    streams = {
        "/camera": PacedStream("camera", 1_000_000 // options.fps, 0, classroom.camera),
        "/slides": PacedStream("slides", 1_000_000 // SLIDES_FPS, 0, classroom.slides),
        "/mic": PacedStream("mic", MIC_PERIOD_US, MIC_PERIOD_US, classroom.microphone),
    }
    server = Server(options.host, options.port)
    server.mount("/camera", video_launch(FRAME_WIDTH, FRAME_HEIGHT, options.fps, 23), streams["/camera"])
    server.mount("/slides", video_launch(FRAME_WIDTH, FRAME_HEIGHT, SLIDES_FPS, 20), streams["/slides"])
    server.mount("/mic", audio_launch(RATE), streams["/mic"])
    for stream in streams.values():
        stream.start()
    _say({"type": "ready", "port": server.listen()})
    threading.Thread(target=_obey, args=(classroom,), daemon=True).start()
    GLib.MainLoop().run()


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--cache", required=True)
    parser.add_argument("--fps", type=int, default=25)
    return parser.parse_args()


def _hurry() -> None:
    """It stands for hardware, which doesn't wait for the box's processor; without the right to it, it takes its turn."""
    try:
        os.setpriority(os.PRIO_PROCESS, 0, -10)
    except PermissionError:
        print("running at ordinary priority: on a busy machine pictures may come late", file=sys.stderr, flush=True)


def _obey(classroom: Classroom) -> None:
    for line in sys.stdin:
        try:
            _follow(classroom, json.loads(line))
        except (ValueError, KeyError, TypeError) as error:
            print(f"ignored a line that is not an order: {error!r}", file=sys.stderr, flush=True)
    os._exit(0)


def _follow(classroom: Classroom, order: dict) -> None:
    kind = order["type"]
    if kind == "viewport":
        classroom.viewport = Viewport(
            order["panDeg"], order["tiltDeg"], order["zoom"], order["atMs"], order.get("panRate", 0.0), order.get("tiltRate", 0.0)
        )
    elif kind == "fault":
        classroom.fault = order["rtsp"]
    elif kind == "clock":
        classroom.set_microphone_clock(float(order["microphonePpm"]))
    elif kind == "truth":
        _say({"type": "truth", "id": order["id"], **classroom.truth(time.time() * 1000)})
    else:
        raise ValueError(kind)


def _say(message: dict) -> None:
    print(json.dumps(message), flush=True)


if __name__ == "__main__":
    main()
