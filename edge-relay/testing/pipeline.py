"""Runs a GStreamer pipeline to its end, or until its loop is told to quit; what it complained of by then."""
from gi.repository import Gst


def run(pipeline, loop):
    """An error or a warning ends it too. Answers the complaints, and whether it came to its end."""
    problems, ended = [], []

    def on_message(_bus, message):
        if message.type in (Gst.MessageType.ERROR, Gst.MessageType.WARNING):
            parse = message.parse_error if message.type == Gst.MessageType.ERROR else message.parse_warning
            problems.append(str(parse()))
            loop.quit()
        elif message.type == Gst.MessageType.EOS:
            ended.append(True)
            loop.quit()

    bus = pipeline.get_bus()
    bus.add_signal_watch()
    bus.connect("message", on_message)
    pipeline.set_state(Gst.State.PLAYING)
    loop.run()
    pipeline.set_state(Gst.State.NULL)
    return problems, bool(ended)
