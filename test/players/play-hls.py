"""Plays HLS with GStreamer for so many seconds from its first picture, picture and sound decoded, by the clock. `play-hls.py URL SECONDS uridecodebin|uridecodebin3`.

The first finds hlsdemux, the second hlsdemux2. Prints what it had as JSON; messages of the pipeline that are errors or warnings go to standard error, as GStreamer's own log does."""
import json
import sys
import time
import gi

gi.require_version("Gst", "1.0")
from gi.repository import GLib, Gst

url, seconds, element = sys.argv[1], float(sys.argv[2]), sys.argv[3]
Gst.init(None)
pipeline = Gst.Pipeline.new("player")
source = Gst.ElementFactory.make(element, "source")
source.set_property("uri", url)
pipeline.add(source)
loop = GLib.MainLoop()
counts = {"video": 0, "audio": 0}
began = {}
demuxer = []


def on_pad(_source, pad):
    kind = (pad.get_current_caps() or pad.query_caps(None)).get_structure(0).get_name().split("/")[0]
    branch = Gst.parse_bin_from_description("queue ! fakesink name=sink sync=true signal-handoffs=true", True)
    branch.get_by_name("sink").connect("handoff", on_handoff, kind)
    pipeline.add(branch)
    branch.sync_state_with_parent()
    pad.link(branch.get_static_pad("sink"))


def position():
    known, nanoseconds = pipeline.query_position(Gst.Format.TIME)
    return nanoseconds / Gst.SECOND if known else None


def on_handoff(_sink, _buffer, _pad, kind):
    counts[kind] += 1
    if kind == "video" and not began:
        began.update(at=time.monotonic(), position=position())
        GLib.timeout_add(int(seconds * 1000), loop.quit)


def on_message(_bus, message):
    if message.type in (Gst.MessageType.ERROR, Gst.MessageType.WARNING):
        parse = message.parse_error if message.type == Gst.MessageType.ERROR else message.parse_warning
        print(f"{message.src.get_name()}: {parse()}", file=sys.stderr)
        if message.type == Gst.MessageType.ERROR:
            loop.quit()
    elif message.type == Gst.MessageType.EOS:
        print("it ended", file=sys.stderr)
        loop.quit()


def live_edge():
    """The end of what may be sought: three target durations from the end of the playlist. Who plays later than that is not behind at all."""
    query = Gst.Query.new_seeking(Gst.Format.TIME)
    if not pipeline.query(query):
        return None
    _, seekable, _, stop = query.parse_seeking()
    return stop / Gst.SECOND if seekable and stop >= 0 else None


source.connect("pad-added", on_pad)
source.connect("deep-element-added", lambda _bin, _sub, added: demuxer.append(added.get_factory().get_name()) if "hlsdemux" in added.get_factory().get_name() else None)
bus = pipeline.get_bus()
bus.add_signal_watch()
bus.connect("message", on_message)
pipeline.set_state(Gst.State.PLAYING)
loop.run()
played = {"seconds": time.monotonic() - began["at"], "moved": position() - began["position"], "behind": live_edge() - position()} if began else {}
# What it was just fetching is called off, and said to have failed.
print("it is stopped", file=sys.stderr, flush=True)
pipeline.set_state(Gst.State.NULL)
print(json.dumps({"demuxer": demuxer, **counts, **played}))
