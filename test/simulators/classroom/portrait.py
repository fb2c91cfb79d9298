"""Photographs from Debian's python3-skimage: the portrait of the astronaut Eileen Collins (NASA, public domain) and more.

Only the package's files are unpacked, into the cache: installing it would bring 61 other packages.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image

_PACKAGE = "python3-skimage"
_FOLDER = "usr/lib/python3/dist-packages/skimage/data"
# The sky is the Hubble deep field (NASA, public domain), the launch a photograph by SpaceX (CC0).
_FILES = {"portrait": "astronaut.png", "sky": "hubble_deep_field.jpg", "launch": "rocket.jpg"}


def load(cache: Path) -> dict[str, Image.Image]:
    """The photographs by name; empty where the package can't be had, and the drawings stand in."""
    if not all((cache / name).exists() for name in _FILES.values()):
        try:
            _unpack(cache)
        except (OSError, subprocess.CalledProcessError) as error:
            print(f"photographs: {_PACKAGE} could not be fetched ({error}); drawn stand-ins are used", file=sys.stderr)
            return {}
    return {key: Image.open(cache / name).convert("RGB") for key, name in _FILES.items()}


def _unpack(cache: Path) -> None:
    with tempfile.TemporaryDirectory(dir=cache) as folder:
        subprocess.run(["apt-get", "download", "-qq", _PACKAGE], cwd=folder, check=True, stdout=subprocess.DEVNULL)
        package = next(Path(folder).glob("*.deb"))
        subprocess.run(["dpkg", "-x", package, folder], check=True)
        for name in _FILES.values():
            (Path(folder) / _FOLDER / name).replace(cache / name)
