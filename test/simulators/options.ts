import Type, { type Static } from 'typebox';

/** 0 lets the system choose. */
const Port = Type.Integer({ minimum: 0, maximum: 65_535 });

export const ClassroomOptions = Type.Object(
  {
    host: Type.String({ minLength: 1 }),
    /** Without `onvif` the camera speaks VISCA alone; without `onvifDiscovery` it is not found by itself. */
    ports: Type.Object({ rtsp: Port, viscaTcp: Port, viscaUdp: Port, viscaIpUdp: Port, control: Port, onvif: Type.Optional(Port), onvifDiscovery: Type.Optional(Port) }, { additionalProperties: false }),
    /** Where the controller's end of the serial line appears; without it there is none. */
    serialLink: Type.Optional(Type.String({ minLength: 1 })),
    /** Keeps what is drawn and spoken once; may be shared by several classrooms. */
    cacheDir: Type.String({ minLength: 1 }),
    cameraFps: Type.Integer({ minimum: 5, maximum: 60 }),
  },
  { additionalProperties: false },
);
export type ClassroomOptions = Static<typeof ClassroomOptions>;

/** Where everything was found listening. */
export interface ClassroomAddresses {
  readonly host: string;
  /** `rtsp://host:port`, with `/camera`, `/slides` and `/mic`. */
  readonly rtsp: string;
  readonly viscaTcp: number;
  readonly viscaUdp: number;
  readonly viscaIpUdp: number;
  readonly control: number;
  readonly serial: string | null;
  readonly onvif: number | null;
}
