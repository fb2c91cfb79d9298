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

interface HeardBlock {
  /** When its first sample is heard, on the context's time. */
  readonly playbackTime: number;
  readonly inputBuffer: { getChannelData(channel: number): Float32Array };
}
interface Listener {
  onaudioprocess: (block: HeardBlock) => void;
  connect(to: object): void;
}
interface ListeningContext {
  readonly sampleRate: number;
  readonly destination: object;
  resume(): Promise<void>;
  close(): Promise<void>;
  getOutputTimestamp(): { readonly contextTime: number; readonly performanceTime: number };
  createMediaStreamSource(stream: object): { connect(to: Listener): void };
  createScriptProcessor(samples: number, inputs: number, outputs: number): Listener;
}

export interface HeardSound {
  readonly sampleRate: number;
  /** When the first sample was heard, epoch ms. */
  readonly fromMs: number;
  /** Mono, 16 bit little endian, base64. */
  readonly samples: string;
}

/** What the element plays for a while, with the time at which it is heard. A page's own rules leave it no audio worklet. */
export async function heardInPage({ selector, durationMs }: { selector: string; durationMs: number }): Promise<HeardSound> {
  const stream = document.querySelector(selector)?.srcObject;
  if (!stream) throw new Error('nothing is playing');
  const context = new AudioContext() as unknown as ListeningContext;
  await context.resume();
  const listener = context.createScriptProcessor(1024, 1, 1);
  const total = Math.ceil((durationMs / 1000) * context.sampleRate);
  const samples = new Int16Array(total);
  const starts: number[] = [];
  let filled = 0;
  const full = new Promise<void>((resolve) => {
    listener.onaudioprocess = ({ playbackTime, inputBuffer }) => {
      const { contextTime, performanceTime } = context.getOutputTimestamp();
      const heardMs = performance.timeOrigin + performanceTime + (playbackTime - contextTime) * 1000;
      starts.push(heardMs - (filled / context.sampleRate) * 1000);
      for (const value of inputBuffer.getChannelData(0)) if (filled < total) samples[filled++] = Math.max(-1, Math.min(1, value)) * 32_767;
      if (filled >= total) resolve();
    };
  });
  context.createMediaStreamSource(stream).connect(listener);
  listener.connect(context.destination);
  await full;
  await context.close();
  const bytes = new Uint8Array(samples.buffer);
  let text = '';
  for (let at = 0; at < bytes.length; at += 8_192) text += String.fromCharCode(...bytes.subarray(at, at + 8_192));
  const middle = [...starts].sort((a, b) => a - b)[Math.floor(starts.length / 2)] ?? 0;
  return { sampleRate: context.sampleRate, fromMs: middle, samples: btoa(text) };
}
