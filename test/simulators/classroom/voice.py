"""The microphone: a synthesised voice that reads the lecture, in step with the slides, and the beep."""

import subprocess
import tempfile
from pathlib import Path

import numpy as np

from lecture import SLIDE_SECONDS, SLIDES

RATE = 48_000
BEEP_HZ = 1000
BEEP_SAMPLES = RATE * 80 // 1000
BEEP_PERIOD_SAMPLES = RATE * 5
DUCKED, DUCK_SAMPLES = 0.08, RATE // 50
SPEECH_SECONDS = 14.0  # of each slide's 15: the pause stays under 2 s even with what espeak leaves at the ends
LEVEL_DBFS = -20.0
ROOM_TONE_DBFS = -62.0


def render() -> np.ndarray:
    """The whole loop, `len(SLIDES) * 15` seconds of float32 in -1 … 1."""
    slots = [_slot(slide["say"]) for slide in SLIDES]
    voice = np.concatenate(slots)
    voice *= 10 ** (LEVEL_DBFS / 20) / np.sqrt(np.mean(voice**2))
    tone = np.random.default_rng(1).normal(0, 10 ** (ROOM_TONE_DBFS / 20), len(voice))
    return np.clip(_with_beeps(voice + tone), -0.98, 0.98).astype(np.float32)


class Microphone:
    """Samples by wall clock: the same instant always carries the same sound."""

    def __init__(self, loop: np.ndarray):
        self._loop = (loop * 32767).astype(">i2")
        self.silent = False
        # How much faster than the wall clock the converter samples, parts per million: no crystal is exact.
        self.clock_ppm = 0.0
        self._ahead = 0.0

    def samples(self, end_us: int, count: int) -> bytes:
        """What was sampled in the `count` periods of 1/RATE that end at `end_us`, big-endian 16 bit as L16 wants them."""
        self._ahead += count * self.clock_ppm / 1e6
        more = int(self._ahead)
        self._ahead -= more
        if self.silent:
            return bytes(2 * (count + more))
        first = end_us * RATE // 1_000_000 - count
        heard = first + np.arange(count + more) * count // (count + more)
        return self._loop[heard % len(self._loop)].tobytes()


def _with_beeps(voice: np.ndarray) -> np.ndarray:
    """A beep from every fifth second; the voice makes way a little before, so that the onset can be found to the sample."""
    time_s = np.arange(BEEP_SAMPLES) / RATE
    fade = np.minimum(1, np.minimum(np.arange(BEEP_SAMPLES), np.arange(BEEP_SAMPLES)[::-1]) / 48)
    beep = np.zeros(BEEP_PERIOD_SAMPLES)
    beep[:BEEP_SAMPLES] = 0.35 * np.sin(2 * np.pi * BEEP_HZ * time_s) * fade
    ramp = np.linspace(1, DUCKED, DUCK_SAMPLES)
    duck = np.ones(BEEP_PERIOD_SAMPLES)
    duck[:BEEP_SAMPLES] = DUCKED
    duck[BEEP_SAMPLES : BEEP_SAMPLES + DUCK_SAMPLES] = ramp[::-1]
    duck[-DUCK_SAMPLES:] = DUCKED
    duck[-2 * DUCK_SAMPLES : -DUCK_SAMPLES] = ramp
    # A whole number of beep periods fits the loop, and the loop starts at the epoch: it is a multiple of 5 s.
    return (voice.reshape(-1, BEEP_PERIOD_SAMPLES) * duck + beep).ravel()


def _slot(text: str) -> np.ndarray:
    """One slide's speech, stretched to the same length for each, then silence to the end of its slot."""
    with tempfile.TemporaryDirectory() as folder:
        spoken = Path(folder) / "spoken.wav"
        subprocess.run(["espeak-ng", "-v", "en-us+f3", "-s", "148", "-p", "42", "-w", spoken, text], check=True)
        plain = _decode(spoken, "anull")
        tempo = len(plain) / RATE / SPEECH_SECONDS
        # A small room: a little less of the synthesiser's edge, one early reflection.
        colour = f"atempo={tempo:.4f},highpass=f=90,treble=g=-4:f=5000,aecho=0.9:0.85:23|41:0.14|0.08"
        speech = _decode(spoken, colour)[: int(RATE * SPEECH_SECONDS)]
    slot = np.zeros(RATE * SLIDE_SECONDS, np.float32)
    slot[RATE // 4 : RATE // 4 + len(speech)] = speech
    return slot


def _decode(path: Path, audio_filter: str) -> np.ndarray:
    command = ["ffmpeg", "-v", "error", "-i", path, "-af", audio_filter, "-ar", str(RATE), "-ac", "1", "-f", "f32le", "-"]
    return np.frombuffer(subprocess.run(command, check=True, capture_output=True).stdout, np.float32)
