import { describe, expect, it } from 'vitest';
import { rankModes } from './formats.ts';
import { modesInListing } from './listing.ts';

const WEBCAM = `ioctl: VIDIOC_ENUM_FMT
	Type: Video Capture

	[0]: 'YUYV' (YUYV 4:2:2)
		Size: Discrete 640x480
			Interval: Discrete 0.033s (30.000 fps)
			Interval: Discrete 0.067s (15.000 fps)
		Size: Discrete 1280x720
			Interval: Discrete 0.100s (10.000 fps)
	[1]: 'MJPG' (Motion-JPEG, compressed)
		Size: Discrete 1280x720
			Interval: Discrete 0.200s (5.000 fps)
			Interval: Discrete 0.033s (30.000 fps)
		Size: Discrete 1920x1080
			Interval: Discrete 0.067s (15.000 fps)
	[2]: 'pRAA' (10-bit Bayer RGRG/GBGB (Packed))
		Size: Discrete 1920x1080
			Interval: Discrete 0.033s (30.000 fps)
	[3]: 'JPEG' (JFIF JPEG, compressed)
		Size: Discrete 1280x720
			Interval: Discrete 0.017s (60.000 fps)
`;
const GRABBER = `	[0]: 'NV12' (Y/UV 4:2:0)
		Size: Stepwise 32x32 - 1920x1080 with step 2/2
			Interval: Continuous 0.017s - 1.000s (1.000-60.000 fps)
	[1]: 'GREY' (8-bit Greyscale)
		Size: Continuous 2x1 - 640x480
`;

describe('what v4l2-ctl lists', () => {
  it('becomes modes with their rates, those of unknown formats left out, the same mode once', () => {
    expect(modesInListing(WEBCAM)).toEqual([
      { format: 'yuyv422', width: 640, height: 480, rates: [30, 15] },
      { format: 'yuyv422', width: 1280, height: 720, rates: [10] },
      { format: 'mjpeg', width: 1280, height: 720, rates: [60, 30, 5] },
      { format: 'mjpeg', width: 1920, height: 1080, rates: [15] },
    ]);
  });

  it('may leave sizes free', () => {
    expect(modesInListing(GRABBER)).toEqual([
      { format: 'nv12', width: 1280, height: 720, rates: [60] },
      { format: 'gray', width: 640, height: 480, rates: [] },
    ]);
    expect(modesInListing('Cannot open device /dev/video0, exiting.')).toEqual([]);
  });

  it.each([
    ['a raw size at 10 frames a second is too slow for 25', { width: 1280, height: 720, fps: 25 }, 'mjpeg 1280x720'],
    ['and fast enough for 10', { width: 1280, height: 720, fps: 10 }, 'yuyv422 1280x720'],
    ['rather too small than at 15 frames', { width: 1920, height: 1080, fps: 25 }, 'mjpeg 1280x720'],
  ])('tells which is fast enough: %s', (_what, program, expected) => {
    const [best] = rankModes(modesInListing(WEBCAM), program, false);
    expect(`${best?.format} ${best?.width}x${best?.height}`).toBe(expected);
  });
});
