"""Plays HTTP-FLV or RTMP with GStreamer until so many pictures and packets of sound are decoded. `play-flv.py URL COUNT`; says what it had, and ends with 1 at an error or a warning."""
import sys
import gi

sys.dont_write_bytecode = True
gi.require_version("Gst", "1.0")
from gi.repository import GLib, Gst
from pipeline import run

url, wanted = sys.argv[1], int(sys.argv[2])
Gst.init(None)
source = "rtmp2src" if url.startswith("rtmp:") else "souphttpsrc"
pipeline = Gst.parse_launch(
    f"{source} name=source ! flvdemux name=demux "
    "demux.video ! queue ! h264parse ! openh264dec ! fakesink name=pictures sync=false signal-handoffs=true "
    "demux.audio ! queue ! aacparse ! faad ! fakesink name=sound sync=false signal-handoffs=true"
)
pipeline.get_by_name("source").set_property("location", url)
loop = GLib.MainLoop()
seen = {"pictures": [], "sound": []}


def on_handoff(_sink, buffer, _pad, name):
    seen[name].append(buffer.pts)
    if all(len(times) >= wanted for times in seen.values()):
        loop.quit()


for name in seen:
    pipeline.get_by_name(name).connect("handoff", on_handoff, name)
problems, ended = run(pipeline, loop)
if ended:
    problems.append("it ended")
for name, times in seen.items():
    if times != sorted(set(times)):
        problems.append(f"{name} go back in time")
    print(name, len(times))
for problem in problems:
    print(problem, file=sys.stderr)
sys.exit(1 if problems else 0)
