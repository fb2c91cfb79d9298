import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Person, PersonDetector, Picture } from './detector.ts';
import { drawInput } from './model-input.ts';
import { personOf } from './pose.ts';
import { type Region, regionAround, wholePicture } from './region.ts';

/** What the model takes: MoveNet SinglePose Lightning, 192x192 RGB. */
const SIDE = 192;

/** The graph's file, as far as we read it (TensorFlow.js graph model). */
interface ModelFile {
  readonly modelTopology: object;
  readonly weightsManifest: readonly { readonly weights: readonly { name: string; shape: number[]; dtype: 'float32' | 'int32' }[] }[];
}

/**
 * MoveNet on TensorFlow's WebAssembly kernels, one thread. The weights lie in the package `@vladmandic/human` and nothing else of it is used;
 * nothing is fetched.
 * @throws whatever keeps the packages from loading
 */
export async function openMoveNet(): Promise<PersonDetector> {
  // Only here: who never turns framing on does not pay for loading them.
  const tf = await import('@tensorflow/tfjs-core');
  const { loadGraphModel } = await import('@tensorflow/tfjs-converter');
  const wasm = await import('@tensorflow/tfjs-backend-wasm');
  wasm.setWasmPaths(fileURLToPath(new URL('./', import.meta.resolve('@tensorflow/tfjs-backend-wasm'))));
  wasm.setThreadsCount(1);
  await tf.setBackend('wasm');
  const { modelTopology, weightsManifest, weightData } = await modelFiles();
  const model = await loadGraphModel({ load: () => Promise.resolve({ modelTopology, weightSpecs: weightsManifest.flatMap(({ weights }) => weights), weightData }) });
  const input = new Int32Array(SIDE * SIDE * 3);
  const answer = (picture: Picture, region: Region): Person | null => {
    drawInput(input, SIDE, picture, region);
    const keypoints = tf.tidy(() => (model.execute(tf.tensor4d(input, [1, SIDE, SIDE, 3], 'int32')) as InstanceType<typeof tf.Tensor>).dataSync());
    return personOf(keypoints, region, picture);
  };
  return new MoveNet(answer);
}

/** Looks closely where it last found somebody, and everywhere once he is not there. */
class MoveNet implements PersonDetector {
  readonly name = 'movenet';
  readonly #answer: (picture: Picture, region: Region) => Person | null;
  #last: Person | null = null;

  constructor(answer: (picture: Picture, region: Region) => Person | null) {
    this.#answer = answer;
  }

  detect(picture: Picture): Person | null {
    const region = this.#last === null ? wholePicture(picture) : regionAround(this.#last, picture);
    this.#last = this.#answer(picture, region);
    return this.#last;
  }
}

async function modelFiles(): Promise<ModelFile & { weightData: ArrayBuffer }> {
  const models = new URL('../models/', import.meta.resolve('@vladmandic/human'));
  const [file, weights] = await Promise.all([readFile(new URL('movenet-lightning.json', models), 'utf8'), readFile(new URL('movenet-lightning.bin', models))]);
  const weightData = new Uint8Array(weights).buffer;
  return { ...(JSON.parse(file) as ModelFile), weightData };
}
