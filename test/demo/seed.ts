import type { Static } from 'typebox';
import type { AccountToken, SignInLink } from '#edge-relay/contract/api.ts';
import { EDGE_AUDIENCE } from '#edge-relay/contract/access.ts';
import type { State } from '#appliance/contract/state.ts';
import { signToken } from '#kit/process/tokens.ts';
import { callApi } from './api.ts';
import { waitFor } from './services.ts';

const DAY_SECONDS = 86_400;
const MINUTE_MS = 60_000;

export const COURSE = {
  id: 'physics-12',
  title: 'Physics 12: Orbits',
  teacher: 'Dr. Ellen Ward',
  description: 'Why a satellite never comes down: falling around the Earth, equal areas in equal times, and what it costs to climb.',
};

/** The students of the demo; ids are fixed so that seeding twice changes nothing. */
export const STUDENTS = {
  paid: { id: 'student-ana', name: 'Ana Silva', email: 'ana@students.example' },
  unpaid: { id: 'student-tom', name: 'Tom Becker', email: 'tom@students.example' },
};

export interface Places {
  readonly panel: string;
  readonly edge: string;
  readonly campus: string;
}

/** A campus administrator's bearer, by the sign-in that a person would use. */
export async function signInAtCampus(campus: string, email: string, password: string): Promise<string> {
  const { token } = await callApi<{ token: string }>(`${campus}/api/session`, { method: 'POST', body: { email, password } });
  return token;
}

/** The room and its timetable: a class about now, so that whoever looks finds one, and the next ones of the day. */
export async function seedCampus(campus: string, admin: string, now: number): Promise<void> {
  await callApi(`${campus}/api/rooms/room-301`, { method: 'PUT', token: admin, body: { name: 'Room 301' } });
  const lessons = [0, 120, 240].map((startMinutes, index) => ({
    id: `demo-${index + 1}`,
    title: COURSE.title,
    teacher: COURSE.teacher,
    startsAt: new Date(now + startMinutes * MINUTE_MS).toISOString(),
    endsAt: new Date(now + (startMinutes + 90) * MINUTE_MS).toISOString(),
  }));
  await callApi(`${campus}/api/rooms/room-301/timetable`, { method: 'PUT', token: admin, body: { timetable: lessons } });
}

/** Claims the box as an administrator would: reads the code off the panel, types it into the console. Does nothing when it is claimed. */
export async function claimBox(places: Places, admin: string, panelToken: string, signal: AbortSignal): Promise<void> {
  const enrolment = await waitFor('the box’s claim code', signal, 60_000, async () => {
    const state = await callApi<State>(`${places.panel}/api/state`, { token: panelToken });
    const { phase, claimCode } = state.enrolment;
    return phase === 'claimed' || claimCode !== null ? state.enrolment : undefined;
  });
  if (enrolment.phase === 'unclaimed') {
    await callApi(`${places.campus}/api/claims`, { method: 'POST', token: admin, body: { claimCode: enrolment.claimCode, room: 'room-301' } });
  }
  await waitFor('the claimed box', signal, 60_000, async () => {
    const state = await callApi<State>(`${places.panel}/api/state`, { token: panelToken });
    return state.enrolment.phase === 'claimed' && state.room === 'room-301' ? true : undefined;
  });
}

/** Rooms, the course, two students and one ticket (for the course of room-301; room-302 is open to whoever holds a ticket to it). */
export async function seedEdge(edge: string, campusPrivateKeyPem: string, now: number): Promise<void> {
  const put = (path: string, body?: unknown): Promise<unknown> =>
    callApi(`${edge}/api/admin/${path}`, { method: 'PUT', token: adminToken(campusPrivateKeyPem), ...(body === undefined ? {} : { body }) });
  const course = {
    ...COURSE,
    id: undefined,
    startsAt: new Date(now).toISOString(),
    endsAt: new Date(now + 90 * MINUTE_MS).toISOString(),
    priceCents: 1900,
    currency: 'EUR',
    buyUrl: 'https://shop.lectern.example/physics-12',
  };
  await put('rooms/room-301', { name: 'Room 301', alwaysOpen: false });
  await put('rooms/room-302', { name: 'Room 302', alwaysOpen: true });
  await put(`courses/${COURSE.id}`, { ...course, room: 'room-301' });
  await put('courses/course-guest', { ...course, room: 'room-302', title: 'Guest lectures', startsAt: null, endsAt: null, priceCents: 500 });
  for (const { id, name, email } of Object.values(STUDENTS)) await put(`accounts/${id}`, { name, email });
  for (const id of [COURSE.id, 'course-guest']) await put(`tickets/${STUDENTS.paid.id}/${id}`);
}

export interface StudentAccess {
  readonly name: string;
  readonly watchUrl: string;
  readonly token: string;
}

/** A sign-in link that works again and again for 24 h, and a bearer for as long. */
export async function studentAccess(edge: string, campusPrivateKeyPem: string, student: { id: string; name: string }): Promise<StudentAccess> {
  const grant = <T>(path: string, body: object): Promise<T> =>
    callApi<T>(`${edge}/api/admin/accounts/${student.id}/${path}`, { method: 'POST', token: adminToken(campusPrivateKeyPem), body });
  const link = await grant<Static<typeof SignInLink>>('sign-in-links', { seconds: DAY_SECONDS, reusable: true });
  const { token } = await grant<Static<typeof AccountToken>>('tokens', { seconds: DAY_SECONDS });
  const watchUrl = new URL(link.url);
  watchUrl.searchParams.set('to', '/watch/room-301');
  return { name: student.name, watchUrl: watchUrl.href, token };
}

function adminToken(privateKeyPem: string): string {
  return signToken({ iss: 'campus', aud: EDGE_AUDIENCE, sub: 'campus', scope: 'admin', exp: secondsFromNow(60) }, privateKeyPem);
}

/** What an outside encoder needs to publish to room-302 for a day. */
export function publishToken(privateKeyPem: string): string {
  return signToken({ iss: 'campus', aud: EDGE_AUDIENCE, sub: 'demo-publisher', scope: 'publish', room: 'room-302', exp: secondsFromNow(DAY_SECONDS) }, privateKeyPem);
}

function secondsFromNow(seconds: number): number {
  return Math.floor(Date.now() / 1000) + seconds;
}
