"""Publishes RTMP with GStreamer: a moving picture and a tone in H.264 and AAC, for so many pictures. `publish-rtmp.py URL COUNT`; ends with 1 at an error or a warning."""
import sys
import gi

sys.dont_write_bytecode = True
gi.require_version("Gst", "1.0")
from gi.repository import GLib, Gst
from pipeline import run

url, count = sys.argv[1], int(sys.argv[2])
Gst.init(None)
pipeline = Gst.parse_launch(
    f"videotestsrc is-live=true pattern=ball num-buffers={count} ! video/x-raw,width=320,height=180,framerate=25/1 "
    "! x264enc tune=zerolatency speed-preset=ultrafast key-int-max=25 bframes=0 bitrate=400 ! video/x-h264,profile=baseline ! h264parse ! queue ! mux. "
    f"audiotestsrc is-live=true samplesperbuffer=1024 num-buffers={count * 48000 // 25 // 1024} ! audio/x-raw,rate=48000,channels=2 ! voaacenc ! aacparse ! queue ! mux. "
    "flvmux name=mux streamable=true ! rtmp2sink name=out"
)
pipeline.get_by_name("out").set_property("location", url)
problems, _ = run(pipeline, GLib.MainLoop())
for problem in problems:
    print(problem, file=sys.stderr)
sys.exit(1 if problems else 0)
