import Type, { type Static } from 'typebox';

const BoxKey = Type.Object({ keyPem: Type.String(), csrPem: Type.String() });
export type BoxKey = Static<typeof BoxKey>;
const Ticket = Type.Object({ id: Type.String(), claimCode: Type.String(), claimUrl: Type.String(), pollToken: Type.String() });
export type Ticket = Static<typeof Ticket>;
const Membership = Type.Object({ box: Type.String(), certificate: Type.String(), authority: Type.String(), boxUrl: Type.String() });
export type Membership = Static<typeof Membership>;

/** How far a box has come into the fleet; the whole of it is one file, so that key and certificate always belong together. */
export const Identity = Type.Union([
  Type.Object({ kind: Type.Literal('opening'), key: BoxKey }),
  Type.Object({ kind: Type.Literal('waiting'), key: BoxKey, ticket: Ticket }),
  Type.Object({ kind: Type.Literal('member'), key: BoxKey, member: Membership }),
]);
export type Identity = Static<typeof Identity>;

export type EnrolmentEvent =
  | { readonly type: 'opened'; readonly ticket: Ticket }
  /** The code ran out, or campus no longer knows the enrolment. */
  | { readonly type: 'lapsed' }
  | { readonly type: 'claimed'; readonly member: Membership }
  /** The box was off for so long that its certificate ran out: its key still tells campus who it is. */
  | { readonly type: 'certificate-expired' }
  /** Campus knows no such box: what it has is older than the claim. Its key is known, or it is claimed once more. */
  | { readonly type: 'forgotten' }
  | { readonly type: 'renewed'; readonly key: BoxKey; readonly certificate: string; readonly authority: string }
  /** What the box was is over; `key` is a new one. */
  | { readonly type: 'revoked'; readonly key: BoxKey };

export function next(identity: Identity, event: EnrolmentEvent): Identity {
  const { key } = identity;
  switch (event.type) {
    case 'opened':
      return identity.kind === 'opening' ? { kind: 'waiting', key, ticket: event.ticket } : identity;
    case 'lapsed':
      return identity.kind === 'waiting' ? { kind: 'opening', key } : identity;
    case 'claimed':
      return identity.kind === 'waiting' ? { kind: 'member', key, member: event.member } : identity;
    case 'certificate-expired':
    case 'forgotten':
      return identity.kind === 'member' ? { kind: 'opening', key } : identity;
    case 'renewed': {
      if (identity.kind !== 'member') return identity;
      const { certificate, authority } = event;
      return { kind: 'member', key: event.key, member: { ...identity.member, certificate, authority } };
    }
    case 'revoked':
      return { kind: 'opening', key: event.key };
  }
}
