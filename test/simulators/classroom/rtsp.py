"""The RTSP server: three live, shared mounts, each fed by a paced stream."""

from gi.repository import Gst, GstRtspServer

# A keyframe a second, no B-frames, constant quality: what a lecture camera in low-latency mode sends.
_X264 = (
    "x264enc speed-preset=ultrafast tune=zerolatency threads=1 sliced-threads=false bframes=0 key-int-max={gop} "
    "pass=quant quantizer={quantizer} option-string=scenecut=0:force-cfr=1 "
    "! video/x-h264,profile=constrained-baseline,stream-format=byte-stream,alignment=au "
    "! rtph264pay name=pay0 pt=96 config-interval=-1 aggregate-mode=zero-latency"
)


def video_launch(width: int, height: int, fps: int, quantizer: int) -> str:
    caps = f"video/x-raw,format=I420,width={width},height={height},framerate={fps}/1,colorimetry=bt709"
    return f"( appsrc name=source caps={caps} ! {_X264.format(gop=fps, quantizer=quantizer)} )"


def audio_launch(rate: int) -> str:
    """L16 (RFC 3551, 4.5.11): no codec delay, and every client reads it."""
    caps = f"audio/x-raw,format=S16BE,layout=interleaved,rate={rate},channels=1"
    return f"( appsrc name=source caps={caps} ! rtpL16pay name=pay0 pt=97 )"


class Server:
    def __init__(self, host: str, port: int):
        self._server = GstRtspServer.RTSPServer()
        self._server.set_address(host)
        self._server.set_service(str(port))

    def mount(self, path: str, launch: str, stream) -> None:
        factory = GstRtspServer.RTSPMediaFactory()
        factory.set_launch(launch)
        factory.set_shared(True)
        factory.set_latency(0)
        factory.connect("media-configure", _feed, stream)
        self._server.get_mount_points().add_factory(path, factory)

    def listen(self) -> int:
        """Binds and returns the port."""
        if self._server.attach(None) == 0:
            raise OSError("The RTSP port is taken: choose another `ports.rtsp`.")
        return self._server.get_bound_port()


def _feed(_factory, media, stream) -> None:
    source = media.get_element().get_by_name("source")
    source.set_property("is-live", True)
    source.set_property("format", Gst.Format.TIME)
    # Bounded: a stuck pipeline costs the oldest buffers of more than a second, never memory.
    source.set_property("max-buffers", 0)
    source.set_property("max-bytes", 0)
    source.set_property("max-time", Gst.SECOND)
    source.set_property("leaky-type", 2)
    _send_at_once(source)
    stream.attach(source)
    media.connect("unprepared", lambda _media: stream.detach(source))


def _send_at_once(element) -> None:
    """Over TCP the server would hold each frame for the latency that its elements claim, though none of them needs it: 40 ms."""
    while element is not None:
        if isinstance(element, Gst.Pipeline):
            element.set_latency(0)
        element = element.get_parent()
