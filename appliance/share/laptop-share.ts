import type { ShareConfig } from '../config/appliance-config.ts';
import type { CaptureSource, OpenCapture } from '../sources/capture-source.ts';
import type { SourceConfig } from '../sources/source-config.ts';
import { pictureDecoderArguments, soundDecoderArguments } from './decoder-arguments.ts';
import { hostsOf, type Identity, LastingIdentity, localIPv4, type Now, OwnIdentity, schoolIdentity } from './identity.ts';
import { LaptopDecoder } from './laptop-decoder.ts';
import type { LaptopDecoders } from './laptop.ts';
import { type KeptValues, SeatMemory } from './seat-memory.ts';
import { ShareDesk, type ShareDeskParts } from './share-desk.ts';

export interface LaptopShareParts extends Pick<ShareDeskParts, 'webrtc' | 'guard' | 'clock' | 'occasion'> {
  readonly config: ShareConfig;
  readonly serial: string;
  readonly dataDir: string;
  readonly kept: KeptValues;
  /** Certificates are looked at by others: the time that the box took up at its start is not theirs. */
  readonly now: () => Now;
  readonly log: ConstructorParameters<typeof OwnIdentity>[0]['log'];
  /** Whether the gate gets pictures of a source. */
  readonly arrives: (source: string) => boolean;
}

const PICTURE: SourceConfig = { id: 'laptop', name: 'Laptop', kind: 'share', url: 'share:' };
const SOUND: SourceConfig = { id: 'laptop-sound', name: 'Laptop sound', kind: 'share', url: 'share:sound' };

/** Everything about laptops that share a screen, but its HTTPS server: the desk, the decoders, the name and certificate. */
export class LaptopShare {
  readonly desk: ShareDesk;
  readonly #parts: LaptopShareParts;
  readonly #identity: LastingIdentity;
  #decoders: LaptopDecoders & { picture: LaptopDecoder | null; sound: LaptopDecoder | null } = { picture: null, sound: null };

  constructor(parts: LaptopShareParts) {
    this.#parts = parts;
    const { config, serial, dataDir, now, log } = parts;
    const { certificate, names = [] } = config;
    const own = new OwnIdentity({ dataDir, serial, names, log });
    this.#identity = new LastingIdentity(async () => (certificate === undefined ? await own.current(now()) : schoolIdentity(certificate)), log);
    this.desk = new ShareDesk({
      ...parts,
      memory: new SeatMemory(parts.kept, log),
      decoders: () => this.#decoders,
      pictureArrives: () => parts.arrives(PICTURE.id),
      url: () => `https://${this.names()[0] ?? 'localhost'}:${config.port}/share`,
    });
  }

  /** The room's sources and the laptop's. */
  withSources(sources: readonly SourceConfig[]): SourceConfig[] {
    return [...sources, PICTURE, SOUND];
  }

  readonly openCapture: OpenCapture = ({ source, raster, socketPath, news }): CaptureSource => {
    const isSound = source.url === SOUND.url;
    const decoder = new LaptopDecoder({
      // Only pictures are counted where some are lost.
      name: `capture-${source.id}`, socketPath, news: isSound ? { wanted: (on) => news.wanted?.(on) } : news,
      arguments: isSound ? soundDecoderArguments(socketPath) : pictureDecoderArguments(raster, socketPath),
    });
    this.#decoders = isSound ? { ...this.#decoders, sound: decoder } : { ...this.#decoders, picture: decoder };
    return decoder;
  };

  /** What laptops may call the box by; the first is shown on the panel. */
  names(): string[] {
    return hostsOf(this.#parts.serial, this.#parts.config.names ?? [], localIPv4());
  }

  /** The certificate of the moment, renewed or read anew where it is time. @throws CodedError `bad_certificate` */
  async identity(): Promise<Identity> {
    return await this.#identity.current();
  }
}
