import Type, { type Static } from 'typebox';

const Url = Type.String({ format: 'uri', description: 'without a slash at its end' });
const Port = Type.Integer({ minimum: 0, maximum: 65_535 });
const User = Type.Object({ email: Type.String({ format: 'email' }), passwordHash: Type.String({ pattern: '^scrypt\\$' }) }, { additionalProperties: false });

/** `provisioning/campus/main.ts --config FILE`. */
export const CampusConfig = Type.Object(
  {
    host: Type.String({ minLength: 1 }),
    port: Port,
    /** The mutual-TLS port for boxes. */
    tlsPort: Port,
    /** How people, edges and boxes reach `port`. */
    publicUrl: Url,
    /** How boxes reach `tlsPort`. */
    boxUrl: Url,
    /** Keys and databases: mode 0700, backed up. */
    dataDir: Type.String({ minLength: 1 }),
    /** The recordings themselves. */
    libraryDir: Type.String({ minLength: 1 }),
    edge: Type.Object(
      {
        /** As boxes and students reach it. */
        url: Url,
        /** As campus reaches it. */
        apiUrl: Url,
        /** Where a box publishes and watches; `{room}` stands for the room, without it the room is appended. */
        whip: Type.String(),
        whep: Type.String(),
        rtmp: Type.String(),
        /** RTMP over TLS, tried before it. */
        rtmps: Type.Optional(Type.String()),
      },
      { additionalProperties: false },
    ),
    /** `passwordHash` as kit/process/secrets.ts makes it: there is no default password. Nobody else signs in to the console. */
    firstAdmin: User,
    support: Type.Optional(User),
    consoleDist: Type.String(),
    /** Whether a proxy in front says who the caller is. */
    trustProxy: Type.Optional(Type.Boolean()),
  },
  { additionalProperties: false },
);
export type CampusConfig = Static<typeof CampusConfig>;
