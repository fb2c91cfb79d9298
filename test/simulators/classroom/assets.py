"""What is drawn and spoken once and then kept in the cache, under a name that changes with the code that makes it."""

import hashlib
import os
import pickle
import sys
import time
from pathlib import Path

import figure
import portrait
import room
import slides
import voice
from planes import from_rgb

_HERE = Path(__file__).parent
_SHARED = ("planes.py", "pen.py", "fonts.py", "portrait.py")


class Assets:
    def __init__(self, cache: Path):
        self._cache = cache
        cache.mkdir(parents=True, exist_ok=True)
        self._photos = portrait.load(cache)

    def room(self):
        """[Y, U, V, front] planes at the room's fine scale."""
        return self._kept("room", ("room.py", "board.py", "paint.py", "geometry.py"), self._draw_room)

    def poses(self):
        return self._kept("poses", ("figure.py", "geometry.py"), lambda: figure.draw_poses(self._photos.get("portrait")))

    def slides(self):
        """I420 planes of each slide."""
        return self._kept("slides", ("slides.py", "lecture.py"), lambda: [from_rgb(page) for page in slides.draw_all(self._photos)])

    def voice(self):
        return self._kept("voice", ("voice.py", "lecture.py"), voice.render)

    def _draw_room(self):
        import numpy as np

        picture, front = room.draw(self._photos)
        return [*from_rgb(picture), np.asarray(front)]

    def _kept(self, name: str, sources: tuple[str, ...], make):
        path = self._cache / f"{name}-{self._fingerprint(sources)}.pickle"
        if path.exists():
            return pickle.loads(path.read_bytes())
        began = time.monotonic()
        made = make()
        fresh = path.with_suffix(f".{os.getpid()}.tmp")
        fresh.write_bytes(pickle.dumps(made, protocol=5))
        fresh.replace(path)
        for old in self._cache.glob(f"{name}-*.pickle"):
            if old != path:
                old.unlink(missing_ok=True)
        print(f"drew {name} in {time.monotonic() - began:.1f} s", file=sys.stderr, flush=True)
        return made

    def _fingerprint(self, sources: tuple[str, ...]) -> str:
        digest = hashlib.sha256(b"photos" if self._photos else b"drawn")
        for source in (*sources, *_SHARED):
            digest.update((_HERE / source).read_bytes())
        return digest.hexdigest()[:16]


