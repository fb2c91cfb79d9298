import { describe, expect, it } from 'vitest';
import type { FolderPart } from './folder.ts';
import { nextJob, pendingBytes, type PartView, type RecordingView } from './next-job.ts';

const part = (number: number, bytes: number, ended: boolean): FolderPart => ({ track: '', part: number, file: '', index: [], bytes, ended });
const sent = (offset: number | null, complete = false): PartView => ({ upload: '/u', complete, state: offset === null ? null : { offset, length: null } });

function view(changes: Partial<RecordingView> & { endedAt?: string | null; startedAt?: string } = {}): RecordingView {
  const { endedAt = null, startedAt = '2026-11-02T09:00:00Z', ...rest } = changes;
  const meta = { id: startedAt, lesson: '', room: 'r', title: '', teacher: '', startedAt, endedAt, gaps: [] };
  return { meta, parts: [], announced: true, sent: new Map(), safe: false, notBeforeMs: 0, ...rest };
}
const ENDED = '2026-11-02T10:00:00Z';

describe('nextJob', () => {
  it.each([
    ['announces first', view({ announced: false }), 'announce'],
    ['begins an upload', view({ parts: [part(0, 10, false)] }), 'create'],
    ['asks where an upload stands after a restart', view({ parts: [part(0, 10, false)], sent: new Map([['part-000.mp4', sent(null)]]) }), 'ask'],
    ['sends what was released', view({ parts: [part(0, 10, false)], sent: new Map([['part-000.mp4', sent(4)]]) }), 'send'],
    ['waits for more', view({ parts: [part(0, 10, false)], sent: new Map([['part-000.mp4', sent(10)]]) }), undefined],
    ['declares the length of a part that ended', view({ parts: [part(0, 10, true)], sent: new Map([['part-000.mp4', sent(10)]]) }), 'send'],
    ['goes on to the next part', view({ parts: [part(0, 10, true), part(1, 5, false)], sent: new Map([['part-000.mp4', sent(10, true)]]) }), 'create'],
    ['asks for no verdict while the class runs', view({ parts: [part(0, 10, true)], sent: new Map([['part-000.mp4', sent(10, true)]]) }), undefined],
    ['asks for the verdict after it', view({ endedAt: ENDED, parts: [part(0, 10, true)], sent: new Map([['part-000.mp4', sent(10, true)]]) }), 'manifest'],
    ['asks for the verdict on a class without a byte', view({ endedAt: ENDED }), 'manifest'],
    ['leaves alone what is safe', view({ safe: true, endedAt: ENDED }), undefined],
    ['leaves alone what failed a moment ago', view({ announced: false, notBeforeMs: 2 }), undefined],
  ])('%s', (_what, one, kind) => {
    expect(nextJob([one], 1)?.kind).toBe(kind);
  });

  it('takes the newest recording first, and another while that one waits', () => {
    const [old, fresh] = [view({ announced: false }), view({ announced: false, startedAt: '2026-11-03T09:00:00Z' })];
    expect(nextJob([old, fresh], 0)?.recording).toBe(fresh);
    expect(nextJob([old, { ...fresh, notBeforeMs: 1 }], 0)?.recording).toBe(old);
  });
});

it('counts what the library has not acknowledged', () => {
  const parts = [part(0, 10, true), part(1, 20, true), part(2, 5, false)];
  expect(pendingBytes(view({ parts, sent: new Map([['part-000.mp4', sent(null, true)], ['part-001.mp4', sent(15)]]) }))).toBe(10);
});
