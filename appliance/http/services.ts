import type { Static } from 'typebox';
import type { PanelAccess } from '../access/panel-access.ts';
import type { Choreography } from '../choreography/choreography.ts';
import type { CameraDesk } from '../cameras/camera-desk.ts';
import type { OnvifRoom } from '../cameras/onvif/onvif-room.ts';
import type { HealthSeries, History } from '../contract/health.ts';
import type { ReturnPicture, Settings } from '../contract/api.ts';
import type { State } from '../contract/state.ts';
import type { ProgramDesk } from '../gate/program-desk.ts';
import type { Classroom } from '../lesson/classroom.ts';
import type { Levels } from '../pipeline/pipeline.ts';
import type { SourceDesk } from '../sources/source-desk.ts';
import type { ShareDesk } from '../share/share-desk.ts';

/** What the panel's API needs of the box. */
export interface PanelServices {
  readonly access: PanelAccess;
  readonly allowedHosts: readonly string[];
  readonly classroom: Pick<Classroom, 'start' | 'stop' | 'pause' | 'resume' | 'extend'>;
  readonly cameras: CameraDesk;
  readonly macros: Pick<Choreography, 'run' | 'macro' | 'put' | 'remove' | 'layoutChosen'>;
  readonly onvif: Pick<OnvifRoom, 'discovered' | 'look' | 'details' | 'setLogin' | 'still' | 'reboot'>;
  readonly rehearsal: { start(): void };
  readonly health: { history(series: HealthSeries, from: string | undefined, to: string | undefined): History };
  readonly program: Pick<ProgramDesk, 'setLayout' | 'setMuted' | 'setSound' | 'customLayout' | 'putCustomLayout' | 'removeCustomLayout' | 'images' | 'putImage' | 'removeImage'>;
  readonly recording: { erase(seconds: number): Promise<void> };
  readonly stream: { stop(): Promise<void>; resume(): void };
  /** Null where the box is not set up for laptops. */
  readonly share: ShareDesk | null;
  readonly sources: Pick<SourceDesk, 'snapshot' | 'devices'>;
  readonly state: () => State;
  readonly levels: () => Levels;
  readonly settings: { get(): Settings; set(settings: Settings): void };
  readonly audit: (who: string, what: string, details: Readonly<Record<string, unknown>>) => void;
  readonly preview: {
    accept(offerSdp: string, options: { source?: string }): Promise<{ answerSdp: string; id: string }>;
    close(id: string): boolean;
  };
  readonly returnPicture: () => Static<typeof ReturnPicture>;
}
