import { describe, expect, it } from 'vitest';
import { modesIn, rankModes } from './formats.ts';
import { cardOf, hasCard, soundDevicesIn } from './sound-cards.ts';

const WEBCAM = `[video4linux2,v4l2 @ 0x5581] Compressed:       mjpeg :          Motion-JPEG : 1920x1080 1280x720 640x480
[video4linux2,v4l2 @ 0x5581] Raw       :     yuyv422 :           YUYV 4:2:2 : 640x480 1280x720 1920x1080
[video4linux2,v4l2 @ 0x5581] Compressed:        h264 :                H.264 : 1920x1080 1280x720
[video4linux2,v4l2 @ 0x5581] Compressed: Unsupported :                 HEVC : 1920x1080
/dev/video0: Immediate exit requested`;
const GRABBER = '[video4linux2,v4l2 @ 0x1] Raw       :        nv12 :         Y/UV 4:2:0 : {32-1920, 2}x{32-1080, 2}';
const HD = { width: 1280, height: 720, fps: 25 };

describe('modes', () => {
  it('are read from what FFmpeg says, unknown formats left out', () => {
    const modes = modesIn(WEBCAM);
    expect(modes).toHaveLength(8);
    expect(modes[0]).toEqual({ format: 'mjpeg', width: 1920, height: 1080 });
    expect(modesIn(GRABBER)).toEqual([{ format: 'nv12', width: 1280, height: 720 }]);
    expect(modesIn('/dev/video0: No such file or directory')).toEqual([]);
  });

  it.each([
    ['720p, by MJPEG: raw is too much for the cable', HD, false, 'mjpeg 1280x720'],
    ['H.264 for a track of its own', HD, true, 'h264 1280x720'],
    ['1080p', { width: 1920, height: 1080, fps: 25 }, false, 'mjpeg 1920x1080'],
    ['640x480 raw: it needs no decoder', { width: 640, height: 480, fps: 25 }, false, 'yuyv422 640x480'],
    ['the largest where all are too small', { width: 3840, height: 2160, fps: 25 }, false, 'mjpeg 1920x1080'],
  ])('are chosen for a program: %s', (_what, program, copied, expected) => {
    const [best] = rankModes(modesIn(WEBCAM), program, copied);
    expect(`${best?.format} ${best?.width}x${best?.height}`).toBe(expected);
  });
});

describe('sound cards', () => {
  const cards = ` 0 [PCH            ]: HDA-Intel - HDA Intel PCH
                      HDA Intel PCH at 0xf7f30000 irq 31
 1 [Speakerphone   ]: USB-Audio - Jabra Speak 510
                      Jabra Speak 510 at usb-0000:00:14.0-1`;
  const pcm = `00-00: ALC255 Analog : ALC255 Analog : playback 1 : capture 1
00-03: HDMI 0 : HDMI 0 : playback 1
01-00: USB Audio : USB Audio : playback 1 : capture 1`;

  it('are those that can be recorded from, by their own names', () => {
    expect(soundDevicesIn(cards, pcm)).toEqual([
      { pcm: 'hw:CARD=PCH,DEV=0', name: 'HDA Intel PCH: ALC255 Analog' },
      { pcm: 'hw:CARD=Speakerphone,DEV=0', name: 'Jabra Speak 510: USB Audio' },
    ]);
    expect(soundDevicesIn('', '')).toEqual([]);
    expect(soundDevicesIn('--- no soundcards ---', pcm)).toEqual([]);
  });

  it.each([
    ['hw:1,0', '1', true], ['plughw:CARD=Speakerphone,DEV=0', 'Speakerphone', true], ['hw:CARD=Gone', 'Gone', false], ['default', null, false],
  ])('are found by an ALSA name: %s', (name, card, present) => {
    expect(cardOf(name)).toBe(card);
    if (card !== null) expect(hasCard(cards, card)).toBe(present);
  });
});
