import Type, { type Static } from 'typebox';
import { FramingConfig } from '../cameras/framing/framing-config.ts';
import { DiscoveryConfig, OnvifConfig } from '../cameras/onvif/onvif-config.ts';
import { cameraSetupKeys } from '../cameras/setup-config.ts';
import { Macro } from '../contract/macros.ts';
import { ScheduleConfig } from '../schedule/schedule-config.ts';
import { SourceConfig } from '../sources/source-config.ts';

const Port = Type.Integer({ minimum: 0, maximum: 65_535 });
const Id = Type.String({ pattern: '^[a-z0-9][a-z0-9-]{0,31}$' });
const closed = { additionalProperties: false };

export const ViscaConfig = Type.Object(
  {
    /** `ip` is Sony's VISCA over IP with its eight-byte header; `udp` the bare packets of PTZOptics and others. */
    transport: Type.Enum(['tcp', 'udp', 'ip', 'serial']),
    /** `host:port`, for all but serial. */
    address: Type.Optional(Type.String({ pattern: '^(\\[[0-9a-fA-F:]+\\]|[A-Za-z0-9.-]+):[0-9]{1,5}$' })),
    /** Device file, for serial. */
    path: Type.Optional(Type.String({ minLength: 1 })),
    baud: Type.Optional(Type.Union([Type.Literal(9600), Type.Literal(38_400)])),
    /** Place in a chain of cameras on one serial port; 1 unless told. */
    device: Type.Optional(Type.Integer({ minimum: 1, maximum: 7 })),
    /** What the maker does otherwise; left out, it is found out by the camera's version. */
    profile: Type.Optional(Type.Enum(['generic', 'sony', 'sony-x', 'ptzoptics'])),
    /** Magnification at the end of the optical zoom; the profile's unless told. */
    maxZoom: Type.Optional(Type.Number({ minimum: 1, maximum: 50 })),
  },
  closed,
);
export type ViscaConfig = Static<typeof ViscaConfig>;

export const CameraConfig = Type.Object(
  {
    id: Id,
    name: Type.String({ minLength: 1, maxLength: 60 }),
    /** How it is driven: one of the two. */
    visca: Type.Optional(ViscaConfig),
    onvif: Type.Optional(OnvifConfig),
    /** Names of presets that the installer saved in the camera, by number; what a teacher names later goes before these. */
    presets: Type.Optional(Type.Record(Type.String({ pattern: '^[0-9]{1,3}$' }), Type.String({ minLength: 1, maxLength: 40 }))),
    ...cameraSetupKeys,
    /** Of its automatic operator. */
    framing: Type.Optional(FramingConfig),
  },
  closed,
);
export type CameraConfig = Static<typeof CameraConfig>;

export const RenditionConfig = Type.Object(
  {
    id: Id,
    width: Type.Integer({ minimum: 160, maximum: 3840, multipleOf: 2 }),
    height: Type.Integer({ minimum: 90, maximum: 2160, multipleOf: 2 }),
    bitrateKbps: Type.Integer({ minimum: 100, maximum: 50_000 }),
  },
  closed,
);

/** The page on which a laptop shares its screen. Left out, nobody can. */
export const ShareConfig = Type.Object(
  {
    host: Type.String(),
    port: Port,
    /** Names and addresses of the box beside those it finds itself; the first is shown on the panel. */
    names: Type.Optional(Type.Array(Type.String({ pattern: '^[A-Za-z0-9][A-Za-z0-9.:-]{0,252}$' }), { maxItems: 8 })),
    /** The school's own certificate, PEM. Without one the box signs its own. */
    certificate: Type.Optional(Type.Object({ certFile: Type.String({ minLength: 1 }), keyFile: Type.String({ minLength: 1 }) }, closed)),
  },
  closed,
);
export type ShareConfig = Static<typeof ShareConfig>;

const RecordingRenditionConfig = Type.Object(
  {
    bitrateKbps: RenditionConfig.properties.bitrateKbps,
    width: Type.Optional(RenditionConfig.properties.width),
    height: Type.Optional(RenditionConfig.properties.height),
  },
  closed,
);

/** Hours of recording at the configured bit rate. */
const DiskConfig = Type.Object(
  {
    /** Kept free for everything else on the disk: 256 unless told. */
    reserveMegabytes: Type.Optional(Type.Integer({ minimum: 1 })),
    /** The oldest recordings that are safe in the library are deleted below this (3 unless told), until there is that much (6 unless told). */
    makeRoomBelowHours: Type.Optional(Type.Number({ minimum: 0 })),
    makeRoomToHours: Type.Optional(Type.Number({ minimum: 0 })),
  },
  closed,
);

/** What the recording and the students get. */
const ProgramConfig = Type.Object(
{
  width: Type.Integer({ minimum: 160, maximum: 3840, multipleOf: 2 }),
  height: Type.Integer({ minimum: 90, maximum: 2160, multipleOf: 2 }),
  fps: Type.Integer({ minimum: 5, maximum: 60 }),
  /** Best first; the first goes over RTMP, and is recorded where the recording has no rendition of its own. */
  renditions: Type.Array(RenditionConfig, { minItems: 1, maxItems: 4 }),
  /** A rendition of the recording's own, which is not sent; the program's size unless told. */
  recording: Type.Optional(RecordingRenditionConfig),
  x264Preset: Type.String({ pattern: '^[a-z]+$' }),
},
closed,
);

/** The file as it is written. */
export const ApplianceFile = Type.Object(
  {
    host: Type.String(),
    port: Port,
    /** Database and identity; made 0700. */
    dataDir: Type.String({ minLength: 1 }),
    recordingsDir: Type.String({ minLength: 1 }),
    /** Sockets and the children's configuration files. */
    runDir: Type.String({ minLength: 1 }),
    /** Names beside bare addresses and `localhost` that the panel may be opened by. */
    allowedHosts: Type.Array(Type.String({ minLength: 1 })),
    /** SHA-256 (hex) of the paired screen's token. */
    pairing: Type.Object({ tokenHash: Type.String({ pattern: '^[0-9a-f]{64}$' }) }, closed),
    /** scrypt hash of the PIN of a room that never changed it. */
    initialPinHash: Type.String({ pattern: '^scrypt\\$' }),
    /** Left out: 1080p, 720p and 360p at 25 frames a second. */
    program: Type.Optional(ProgramConfig),
    /** Encoders to try, in order. */
    encoders: Type.Array(Type.String({ pattern: '^[a-z0-9_]+$' }), { minItems: 1 }),
    sources: Type.Array(SourceConfig, { minItems: 1, maxItems: 8 }),
    cameras: Type.Array(CameraConfig, { maxItems: 7 }),
    /** What one touch does, until somebody changes them. */
    macros: Type.Optional(Type.Array(Macro, { maxItems: 12 })),
    /** Where ONVIF cameras are looked for. Left out: on every network of the box. */
    cameraDiscovery: Type.Optional(DiscoveryConfig),
    /** The one UDP socket of uplink and preview. */
    webrtc: Type.Object(
      {
        host: Type.String(),
        port: Port,
        advertised: Type.Array(Type.Object({ address: Type.String(), port: Type.Optional(Port) }, closed)),
      },
      closed,
    ),
    /** Authority (PEM) of the edge's certificate for RTMPS, where it is none that everybody knows. */
    uplink: Type.Optional(Type.Object({ authorityFile: Type.String({ minLength: 1 }) }, closed)),
    share: Type.Optional(ShareConfig),
    /** The rendition shown on the panel. */
    previewLayer: Type.Optional(Id),
    campus: Type.Object({ url: Type.String({ format: 'uri' }) }, closed),
    box: Type.Object({ serial: Type.String({ minLength: 1, maxLength: 64 }), model: Type.String({ maxLength: 120 }) }, closed),
    children: Type.Object({ uploader: Type.Boolean(), agent: Type.Boolean() }, closed),
    /** Bytes a second that uploading may take at most, 0 for no limit. */
    uploadLimitBytesPerSecond: Type.Optional(Type.Integer({ minimum: 0 })),
    /** The microphone is opened this long before a planned class. */
    leadMinutes: Type.Optional(Type.Integer({ minimum: 0, maximum: 60 })),
    schedule: Type.Optional(ScheduleConfig),
    /** What a school may add to the front of its recordings, from before Start was pressed; nothing unless told. */
    preRollSeconds: Type.Optional(Type.Integer({ minimum: 0, maximum: 30 })),
    disk: Type.Optional(DiskConfig),
    panelDist: Type.String({ minLength: 1 }),
  },
  closed,
);
/** The file with what it left out. */
export type ApplianceConfig = Static<typeof ApplianceFile> & { readonly program: Static<typeof ProgramConfig> };
