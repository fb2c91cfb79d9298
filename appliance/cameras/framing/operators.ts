import type { Log } from '#kit/process/log.ts';
import type { FramingRequest } from '../../contract/cameras.ts';
import type { SourceState } from '../../contract/sources.ts';
import { lookSocketOf } from '../../gate/look-protocol.ts';
import type { CameraDesk } from '../camera-desk.ts';
import type { FramingConfig } from './framing-config.ts';
import { FramingOperator } from './framing-operator.ts';
import { Watcher } from './watcher.ts';
import type { Load } from './yield-rule.ts';

export interface OperatorsOptions {
  readonly config: {
    readonly cameras: readonly { readonly id: string; readonly fieldOfViewDeg?: number; readonly framing?: FramingConfig }[];
    readonly program: { readonly width: number; readonly height: number };
    readonly runDir: string;
  };
  readonly desk: Pick<CameraDesk, 'head' | 'sourceOf' | 'operate' | 'driveByItself' | 'standsOnAir'>;
  readonly memory: { framing(camera: string): FramingRequest | null; setFraming(camera: string, request: FramingRequest): void };
  readonly program: () => { readonly sources: readonly Pick<SourceState, 'id' | 'latencyMs'>[]; readonly load: Load };
  readonly log: Log;
}

const HAND_BACK_S = 20;

/** Gives every camera whose picture the room has an automatic operator, off at first. What is returned runs them all. */
export function openOperators(options: OperatorsOptions): (signal: AbortSignal) => Promise<void> {
  const operators = options.config.cameras.flatMap((camera) => operatorOf(camera, options) ?? []);
  return async (signal) => void (await Promise.all(operators.map((operator) => operator.run(signal))));
}

function operatorOf({ id, fieldOfViewDeg, framing = {} }: OperatorsOptions['config']['cameras'][number], { config, desk, memory, program, log }: OperatorsOptions): FramingOperator | null {
  const source = desk.sourceOf(id);
  if (source === null) return null;
  const operator = new FramingOperator({
    camera: id, head: desk.head(id), log, fieldOfViewDeg,
    drive: (velocity) => desk.driveByItself(id, velocity),
    watch: (heard) => new Watcher(lookSocketOf(config.runDir, source), heard),
    latencyMs: () => program().sources.find((one) => one.id === source)?.latencyMs ?? null,
    load: () => program().load,
    memory: { asked: () => memory.framing(id), keep: (request) => memory.setFraming(id, request) },
    mustStand: () => desk.standsOnAir(id),
    aspect: config.program.width / config.program.height,
    handBackMs: (framing.handBackSeconds ?? HAND_BACK_S) * 1000,
    zone: framing.zone,
    wide: framing.wide,
  });
  desk.operate(id, operator);
  return operator;
}
