import type { PacketBus } from '../bus/packet-bus.ts';
import type { SourceConfig } from './source-config.ts';

/**
 * A source's own packets, beside the program: for an isolated recording. Video packets carry the source's id as their layer. Nothing
 * comes while the source has no signal (or the microphone is off), and timestamps leap where it had none.
 */
export interface SourceTrack {
  readonly id: string;
  readonly name: string;
  readonly kind: SourceConfig['kind'];
  readonly bus: PacketBus;
}
