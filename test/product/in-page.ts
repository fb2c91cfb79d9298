/**
 * Functions that are sent into a browser page as source, so each stands alone. What they use of the browser is declared here:
 * nothing else of this project's Node side may know DOM types.
 */
import type { readTimecode } from '../reading/timecode.ts';

interface FrameFacts {
  /** On the page's performance timeline, ms. */
  readonly expectedDisplayTime: number;
}
interface Video {
  readonly videoWidth: number;
  readonly videoHeight: number;
  readonly srcObject: object | null;
  captureStream(): object;
  requestVideoFrameCallback(shown: (now: number, frame: FrameFacts) => void): number;
}
interface Pen {
  drawImage(video: Video, ...box: number[]): void;
  getImageData(...box: number[]): { readonly data: Uint8ClampedArray };
}
interface Canvas {
  width: number;
  height: number;
  getContext(kind: '2d', options: { willReadFrequently: boolean }): Pen;
}
interface Analyser {
  readonly fftSize: number;
  getFloatTimeDomainData(samples: Float32Array): void;
}
interface Source {
  connect(to: Analyser): void;
}
declare const document: { querySelector(selector: string): Video | null; createElement(name: 'canvas'): Canvas };
declare const AudioContext: new () => { createMediaStreamSource(stream: object): Source; createAnalyser(): Analyser; resume(): Promise<void>; close(): Promise<void> };

export interface Sighting {
  /** When the camera saw it, and when this page showed it: epoch ms of one machine's clock. */
  readonly seenMs: number;
  readonly shownMs: number;
}

/** Reads the timecode of the frames that are shown until `count` were readable or the time is up. */
export function sightingsInPage(read: typeof readTimecode, { selector, count, timeoutMs }: { selector: string; count: number; timeoutMs: number }): Promise<Sighting[]> {
  const sightings: Sighting[] = [];
  const canvas = document.createElement('canvas');
  const pen = canvas.getContext('2d', { willReadFrequently: true });
  const readFrame = (video: Video): number | null => {
    // The strip alone is copied: reading back whole frames would slow the page that is measured.
    const [width, height] = [Math.ceil(video.videoWidth * 0.31), Math.ceil(video.videoHeight * 0.05)];
    if (width === 0) return null;
    if (canvas.width !== width || canvas.height !== height) [canvas.width, canvas.height] = [width, height];
    pen.drawImage(video, 0, 0, width, height, 0, 0, width, height);
    const { data } = pen.getImageData(0, 0, width, height);
    const luma = (x: number, y: number): number => {
      const at = (y * width + x) * 4;
      return 0.2126 * (data[at] ?? 0) + 0.7152 * (data[at + 1] ?? 0) + 0.0722 * (data[at + 2] ?? 0);
    };
    return read({ width: video.videoWidth, height: video.videoHeight, luma });
  };
  return new Promise((resolve) => {
    const deadline = performance.now() + timeoutMs;
    let watched: Video | null = null;
    const look = (video: Video) => (_now: number, frame: FrameFacts): void => {
      if (video !== watched) return;
      const seenMs = readFrame(video);
      if (seenMs !== null) sightings.push({ seenMs, shownMs: Date.now() - performance.now() + frame.expectedDisplayTime });
      video.requestVideoFrameCallback(look(video));
    };
    // The element may be replaced by another while the page changes its way to the picture.
    const timer = setInterval(() => {
      const video = document.querySelector(selector);
      if (video !== null && video !== watched) {
        watched = video;
        video.requestVideoFrameCallback(look(video));
      }
      if (sightings.length < count && performance.now() < deadline) return;
      clearInterval(timer);
      watched = null;
      resolve(sightings);
    }, 20);
  });
}

/** The loudest tenth of a second of what the element plays, RMS in dBFS; -120 is silence. */
export async function loudnessInPage({ selector, durationMs }: { selector: string; durationMs: number }): Promise<number> {
  const video = document.querySelector(selector);
  if (video === null) return -120;
  const context = new AudioContext();
  await context.resume();
  const analyser = context.createAnalyser();
  context.createMediaStreamSource(video.srcObject ?? video.captureStream()).connect(analyser);
  const samples = new Float32Array(analyser.fftSize);
  let loudest = 0;
  const deadline = performance.now() + durationMs;
  while (performance.now() < deadline) {
    await new Promise((resolve) => setTimeout(resolve, 100));
    analyser.getFloatTimeDomainData(samples);
    loudest = Math.max(loudest, Math.sqrt(samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length));
  }
  await context.close();
  return loudest === 0 ? -120 : Math.max(-120, 20 * Math.log10(loudest));
}

/** Notes the moment (epoch ms) at which the page first showed a frame of any `video`: for an init script, read it by `firstFrame`. */
export function noteFirstFrameInPage(): void {
  const page = globalThis as { firstFrameAt?: number };
  let watched: Video | null = null;
  const timer = setInterval(() => {
    const video = document.querySelector('video');
    if (page.firstFrameAt !== undefined) clearInterval(timer);
    if (video === null || video === watched) return;
    watched = video;
    video.requestVideoFrameCallback((now) => {
      page.firstFrameAt ??= Date.now() - performance.now() + now;
    });
  }, 5);
}

/** Keeps every connection of a page where {@link heardInPage} finds it. */
export function rememberPeersInPage(): void {
  const page = globalThis as unknown as { RTCPeerConnection?: new (...args: unknown[]) => Peer; peers: Peer[] };
  page.peers = [];
  const Plain = page.RTCPeerConnection;
  if (Plain === undefined) return;
  page.RTCPeerConnection = class extends Plain {
    constructor(...args: unknown[]) {
      super(...args);
      page.peers.push(this);
    }
  };
}

interface Track {
  readonly id: string;
}
interface Peer {
  getReceivers(): { readonly track: Track }[];
  getStats(): Promise<Map<string, { readonly type: string; readonly totalPlayoutDelay?: number; readonly totalSamplesCount?: number }>>;
}
interface SoundBlock {
  /** When the mixer took it from the jitter buffer, on a clock of the browser's own, microseconds. */
  readonly timestamp: number;
  readonly sampleRate: number;
  readonly numberOfFrames: number;
  copyTo(samples: Float32Array, options: { readonly planeIndex: number; readonly format: 'f32-planar' }): void;
  close(): void;
}
declare const MediaStreamTrackProcessor: new (options: { readonly track: Track; readonly maxBufferSize: number }) => {
  readonly readable: { getReader(): { read(): Promise<{ readonly value?: SoundBlock }>; cancel(): Promise<void> } };
};

export interface HeardSound {
  readonly sampleRate: number;
  /** When the first sample was heard, epoch ms. */
  readonly fromMs: number;
  /** Mono, 16 bit little endian, base64. */
  readonly samples: string;
}

/**
 * What the element plays for a while, with the time at which it is heard: taken where the browser's mixer gets it, and then the sound
 * device's delay. (Through an audio context it would be heard later than from the element.)
 */
export async function heardInPage({ selector, durationMs }: { selector: string; durationMs: number }): Promise<HeardSound> {
  const stream = document.querySelector(selector)?.srcObject as { getAudioTracks(): Track[] } | null | undefined;
  const track = stream?.getAudioTracks()[0];
  const peer = (globalThis as unknown as { peers: Peer[] }).peers.find((one) => one.getReceivers().some((receiver) => receiver.track.id === track?.id));
  if (track === undefined || peer === undefined) throw new Error('nothing is playing by WebRTC');
  const playout = async (): Promise<{ delay: number; samples: number }> => {
    const found = [...(await peer.getStats()).values()].find(({ type }) => type === 'media-playout');
    return { delay: found?.totalPlayoutDelay ?? 0, samples: found?.totalSamplesCount ?? 0 };
  };
  const before = await playout();
  const reader = new MediaStreamTrackProcessor({ track, maxBufferSize: 200 }).readable.getReader();
  let [sampleRate, filled, leadMs, samples] = [0, 0, Number.POSITIVE_INFINITY, new Int16Array(0)];
  const starts: number[] = [];
  while (sampleRate === 0 || filled < samples.length) {
    const { value: block } = await reader.read();
    if (block === undefined) throw new Error('the track ended before enough of it was heard');
    const atMs = block.timestamp / 1000;
    leadMs = Math.min(leadMs, performance.now() - atMs);
    if (sampleRate === 0) [sampleRate, samples] = [block.sampleRate, new Int16Array(Math.ceil((durationMs / 1000) * block.sampleRate))];
    const values = new Float32Array(block.numberOfFrames);
    block.copyTo(values, { planeIndex: 0, format: 'f32-planar' });
    block.close();
    starts.push(atMs - (filled / sampleRate) * 1000);
    for (const value of values) if (filled < samples.length) samples[filled++] = Math.max(-1, Math.min(1, value)) * 32_767;
  }
  await reader.cancel();
  const after = await playout();
  const deviceMs = after.samples > before.samples ? ((after.delay - before.delay) / (after.samples - before.samples)) * 1000 : 0;
  const middle = starts.sort((a, b) => a - b)[Math.floor(starts.length / 2)] ?? 0;
  const bytes = new Uint8Array(samples.buffer);
  let text = '';
  for (let at = 0; at < bytes.length; at += 8_192) text += String.fromCharCode(...bytes.subarray(at, at + 8_192));
  return { sampleRate, fromMs: performance.timeOrigin + leadMs + middle + deviceMs, samples: btoa(text) };
}
