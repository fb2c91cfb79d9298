import Type, { type Static } from 'typebox';
import { Figures } from '../contract/operations.ts';

/** Of what there is now, see `Figures`. */
const Limits = Type.Partial(Figures, { additionalProperties: false });
const Port = Type.Integer({ minimum: 0, maximum: 65_535 });
/** RFC 7064 and RFC 7065; what stands in a header as it is. */
const HOST_AND_PORT = '[A-Za-z0-9.:\\[\\]-]+';
/** PEM, the certificate with its chain; both are read again when a file changes. */
const certificate = { certFile: Type.String({ minLength: 1 }), keyFile: Type.String({ minLength: 1 }) };

/** `edge-relay/main.ts --config FILE`. */
export const EdgeConfig = Type.Object(
  {
    host: Type.String(),
    port: Port,
    /** HTTPS instead of HTTP; left out where a proxy in front (`edge-relay/nginx`) has the certificate. */
    tls: Type.Optional(Type.Object(certificate, { additionalProperties: false })),
    /** Where students reach this edge, e.g. `https://live.school.example`; put into every address that it gives out. */
    publicUrl: Type.String({ pattern: '^https?://[^/]+/?$' }),
    /** Keys and accounts; created with mode 0700. */
    dataDir: Type.String(),
    /** One of the two keys. The file is read again on SIGHUP, so that campus's key can be changed while the edge runs. */
    campus: Type.Object(
      { url: Type.String(), publicKeyPem: Type.Optional(Type.String()), publicKeyPemFile: Type.Optional(Type.String({ minLength: 1 })) },
      { additionalProperties: false },
    ),
    webrtc: Type.Object(
      {
        host: Type.String(),
        port: Port,
        /** Addresses put into answers; empty for the machine's own. */
        advertised: Type.Array(Type.Object({ address: Type.String(), port: Type.Optional(Port) }, { additionalProperties: false })),
        /** Also takes WebRTC over TCP here, from networks that block UDP; `advertisedPort` where a proxy or NAT stands in front. */
        iceTcp: Type.Optional(Type.Object({ port: Port, advertisedPort: Type.Optional(Port) }, { additionalProperties: false })),
        /** Connections at one time, publishers and boxes included; 2,000 where it is left out. The last twentieth is kept for publishers. */
        maxPeers: Type.Optional(Type.Integer({ minimum: 1 })),
        /** STUN servers told to clients in `Link: rel="ice-server"`, e.g. `stun:stun.school.example`. */
        iceServers: Type.Optional(Type.Array(Type.String({ pattern: `^stuns?:${HOST_AND_PORT}$` }))),
        /** TURN servers that take credentials made with a secret of theirs (coturn: `use-auth-secret`, `static-auth-secret`). */
        turn: Type.Optional(
          Type.Object(
            {
              urls: Type.Array(Type.String({ pattern: `^turns?:${HOST_AND_PORT}(\\?transport=(udp|tcp))?$` }), { minItems: 1 }),
              /** The secret and nothing else; read again on SIGHUP. */
              secretFile: Type.String({ minLength: 1 }),
              /** How long a credential opens a TURN server; 4 h where it is left out. */
              credentialSeconds: Type.Optional(Type.Integer({ minimum: 60 })),
            },
            { additionalProperties: false },
          ),
        ),
      },
      { additionalProperties: false },
    ),
    rtmp: Type.Object(
      {
        host: Type.String(),
        port: Port,
        /** RTMPS beside it. */
        tls: Type.Optional(Type.Object({ port: Port, ...certificate }, { additionalProperties: false })),
      },
      { additionalProperties: false },
    ),
    /** What `vite build` made of the student pages. */
    webDist: Type.String(),
    /** Where replays' media come from, for the pages' content security policy; campus's own address where it is left out. */
    replayMediaOrigin: Type.Optional(Type.String()),
    /** Further origins whose pages may use a student's cookie. */
    allowedWebOrigins: Type.Array(Type.String()),
    /** The edge stands behind a proxy that sets `X-Forwarded-For`. */
    trustProxy: Type.Optional(Type.Boolean()),
    /** What sends to WebRTC viewers: the native pump wherever it was built, unless `typescript` is asked for. */
    pump: Type.Optional(Type.Union([Type.Literal('native'), Type.Literal('typescript')])),
    /** Where this machine has enough, instead of the limits in `operations/load.ts`; a figure that is left out keeps its own. */
    overload: Type.Optional(
      Type.Object(
        {
          busy: Type.Optional(Limits),
          full: Type.Optional(Limits),
          risesAfterMs: Type.Optional(Type.Number({ minimum: 0 })),
          easesAfterMs: Type.Optional(Type.Number({ minimum: 0 })),
        },
        { additionalProperties: false },
      ),
    ),
    /** Lifts the limits per address and per account, and only those. Never outside a load test. */
    loadTest: Type.Optional(Type.Boolean()),
  },
  { additionalProperties: false },
);
export type EdgeConfig = Static<typeof EdgeConfig>;
