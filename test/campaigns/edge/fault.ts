import type { Random } from '#kit/testing/random.ts';
import type { EdgeStage } from './stage.ts';
import type { LightViewer } from './viewer.ts';

/** One kind of harm to an edge. */
export interface EdgeFault {
  readonly name: string;
  /** Whose connection must outlive it. */
  readonly spares: (viewer: LightViewer) => boolean;
  /** Over in seconds, and of the short piece in `npm test`. */
  readonly isShort?: boolean;
  /** Does the harm, and undoes it where that is a part of it. Resolves with what was not as it should be, a sentence each. */
  strike(stage: EdgeStage, random: Random): Promise<string[]>;
}

export const everybody = (): boolean => true;
export const nobody = (): boolean => false;
