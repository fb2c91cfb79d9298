import { CodedError } from '#kit/process/errors.ts';
import type { CameraCommand } from '../ptz-camera.ts';
import { settingFor, settingsOf, type ImagingCommand, type ImagingOptions, type ImagingSettings } from './imaging.ts';
import type { OnvifClient } from './onvif-client.ts';
import { escapeXml } from './xml.ts';

const IMAGING = 'http://www.onvif.org/ver20/imaging/wsdl';
const SCHEMA = 'http://www.onvif.org/ver10/schema';
type LensCommand = ImagingCommand | Extract<CameraCommand, { type: 'focus-drive' }>;

/** What a connected camera is told about its lens (imaging specification, section 5). */
export class LensControl {
  readonly #client: OnvifClient;
  readonly #options: ImagingOptions;
  readonly #lens: string;
  #settings: ImagingSettings = { brightness: null, focus: null };

  constructor(client: OnvifClient, options: ImagingOptions, videoSource: string) {
    this.#client = client;
    this.#options = options;
    this.#lens = `<VideoSourceToken>${escapeXml(videoSource)}</VideoSourceToken>`;
  }

  /** As last read back. */
  get settings(): ImagingSettings {
    return this.#settings;
  }

  async read(): Promise<void> {
    this.#settings = settingsOf(await this.#client.askFor('imaging', `<GetImagingSettings xmlns="${IMAGING}">${this.#lens}</GetImagingSettings>`));
  }

  async execute(command: LensCommand): Promise<void> {
    if (command.type === 'focus-drive') return await this.#driveFocus(command.speed);
    await this.read();
    const setting = settingFor(command, this.#options, this.#settings);
    if (setting === null) throw new CodedError('camera_cannot', 'The lens of this camera has no such setting.');
    const inside = `${this.#lens}<ImagingSettings>${setting}</ImagingSettings><ForcePersistence>false</ForcePersistence>`;
    await this.#client.askFor('imaging', `<SetImagingSettings xmlns="${IMAGING}">${inside}</SetImagingSettings>`);
    await this.read();
  }

  async #driveFocus(fraction: number): Promise<void> {
    const range = this.#options.focusSpeed;
    if (range === null) throw new CodedError('camera_cannot', 'The focus of this camera cannot be driven.');
    const speed = fraction < 0 ? -fraction * range.min : fraction * range.max;
    const move = `<Focus><Continuous xmlns="${SCHEMA}"><Speed>${speed}</Speed></Continuous></Focus>`;
    await this.#client.askFor('imaging', speed === 0 ? `<Stop xmlns="${IMAGING}">${this.#lens}</Stop>` : `<Move xmlns="${IMAGING}">${this.#lens}${move}</Move>`);
  }
}
