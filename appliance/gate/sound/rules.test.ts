import { describe, expect, it } from 'vitest';
import * as alarms from './sound-alarms.ts';
import * as backup from './backup-rule.ts';

describe('backup microphones', () => {
  /** Runs ticks of 20 ms; `well` says which of the sources are. */
  function run(before: backup.Backing, fromMs: number, toMs: number, well: Record<string, boolean>, muted = false): backup.Backing {
    let state = before;
    for (let ms = fromMs; ms < toMs; ms += 20) {
      state = backup.next(state, [
        { id: 'lapel', backup: false, needed: true, muted, well: well['lapel'] ?? true },
        { id: 'desk', backup: false, needed: true, muted: false, well: well['desk'] ?? true },
        { id: 'ceiling', backup: true, needed: true, muted: false, well: well['ceiling'] ?? true },
      ], ms);
    }
    return state;
  }
  const start = run(backup.NOBODY, 0, 1_000, {});

  it('are off air while all is well', () => {
    expect(start).toMatchObject({ onAir: ['lapel', 'desk'], failed: [] });
  });

  it('come on within 0.4 s of a failure, and go 3 s after it is over', () => {
    expect(run(start, 1_000, 1_200, { lapel: false }).onAir).toEqual(['lapel', 'desk']);
    const failed = run(start, 1_000, 1_400, { lapel: false });
    expect(failed).toMatchObject({ onAir: ['lapel', 'desk', 'ceiling'], failed: ['lapel'] });
    expect(run(failed, 1_400, 4_300, {}).failed).toEqual(['lapel']);
    expect(run(failed, 1_400, 4_500, {}).onAir).toEqual(['lapel', 'desk']);
  });

  it('stay on while the microphone comes and goes', () => {
    let state = run(start, 1_000, 1_400, { lapel: false });
    for (let ms = 1_400; ms < 9_400; ms += 1_000) state = run(run(state, ms, ms + 900, {}), ms + 900, ms + 1_000, { lapel: false });
    expect(state.failed).toEqual(['lapel']);
  });

  it('are not needed for a hiccup, nor for a microphone that a person muted', () => {
    const hiccup = run(run(start, 1_000, 1_100, { lapel: false }), 1_100, 1_200, {});
    expect(hiccup.watched['lapel']?.failedAtMs).toBeNull();
    expect(run(start, 1_000, 3_000, { lapel: false }, true).onAir).toEqual(['lapel', 'desk']);
  });

  it('that have failed themselves do not come on', () => {
    expect(run(start, 1_000, 3_000, { lapel: false, ceiling: false })).toMatchObject({ onAir: ['lapel', 'desk'], failed: ['lapel'] });
  });

  it('that a person muted do not come on: the next one does', () => {
    const heard = ['lapel', 'ceiling', 'camera'].map((id) => ({ id, backup: id !== 'lapel', needed: true, muted: id === 'ceiling', well: id !== 'lapel' }));
    const failed = backup.next(backup.next(backup.next(backup.NOBODY, heard, 0), heard, 4_000), heard, 4_300);
    expect(failed).toMatchObject({ onAir: ['lapel', 'camera'], failed: ['lapel'] });
  });

  it('are not needed while microphones open, but where one does not open at all', () => {
    const closed = { lapel: false, desk: false };
    const opened = run(run(backup.NOBODY, 0, 3_000, closed), 3_000, 3_020, {});
    expect([run(backup.NOBODY, 0, 3_000, closed), opened]).toMatchObject([{ failed: [] }, { failed: [], onAir: ['lapel', 'desk'] }]);
    expect(run(opened, 3_020, 3_400, { lapel: false }).failed).toEqual(['lapel']);
    expect(run(backup.NOBODY, 0, 4_400, { lapel: false })).toMatchObject({ failed: ['lapel'], onAir: ['lapel', 'desk', 'ceiling'] });
  });
});

describe('alarms', () => {
  const WALL_MS = Date.UTC(2026, 10, 2);
  const room: alarms.AlarmRoom = { nameOf: (id) => `the ${id}` };
  const calm: alarms.SoundFacts = { captured: true, expected: true, classId: 'optics', levelDbfs: -30, clipping: [], failed: [], hasOthers: true, backups: [] };
  /** One step each half second. */
  function run(before: alarms.SoundWatch, fromS: number, toS: number, change: Partial<alarms.SoundFacts>): alarms.SoundWatch {
    let watch = before;
    for (let second = fromS; second <= toS; second += 0.5) watch = alarms.next(watch, { ...calm, ...change }, room, { atMs: second * 1_000, wallMs: WALL_MS + second * 1_000 });
    return watch;
  }
  const LEAD = { classId: null };
  const codes = (watch: alarms.SoundWatch): string[] => watch.alarms.map(({ code }) => code);
  const heard = run(alarms.ALL_WELL, 0, 5, {});

  it.each<[string, alarms.SoundWatch, string[]]>([
    ['speech', heard, []],
    ['9 s of silence', run(heard, 5.5, 14, { levelDbfs: -80 }), []],
    ['10 s of silence', run(heard, 5.5, 15.5, { levelDbfs: -80 }), ['silent']],
    ['speech again', run(run(heard, 5.5, 30, { levelDbfs: -80 }), 30, 31, {}), []],
    ['4 min of silence from the start', run(alarms.ALL_WELL, 0, 240, { levelDbfs: -90 }), []],
    ['5 min of silence from the start', run(alarms.ALL_WELL, 0, 301, { levelDbfs: -90 }), ['silent']],
    ['silence that is meant', run(heard, 5.5, 60, { levelDbfs: -90, expected: false }), []],
    ['a shout', run(heard, 5.5, 5.5, { clipping: ['lapel'] }), ['clipping']],
    ['a shout 3 s ago', run(run(heard, 5.5, 5.5, { clipping: ['lapel'] }), 6, 8.5, {}), []],
    ['a lost microphone with a backup', run(heard, 5.5, 30, { failed: ['lapel'], backups: ['ceiling'] }), ['microphone-lost', 'backup-in-use']],
    ['a lost microphone and no other', run(heard, 5.5, 30, { failed: ['lapel'], hasOthers: false, levelDbfs: -90 }), ['microphone-lost']],
    ['a lost microphone and a silent backup', run(heard, 5.5, 30, { failed: ['lapel'], backups: ['ceiling'], levelDbfs: -90 }), ['microphone-lost', 'backup-in-use', 'silent']],
    ['10 s of silence after a pause', run(run(heard, 5.5, 900, { expected: false }), 900.5, 910.5, { levelDbfs: -80 }), ['silent']],
    ['a door slam in the lead time and 10 s of silence', run(run(alarms.ALL_WELL, 0, 1, LEAD), 1.5, 600, { ...LEAD, levelDbfs: -80 }), []],
    ['an hour of lead time without a sound', run(alarms.ALL_WELL, 0, 3_600, { ...LEAD, levelDbfs: -90 }), []],
    ['4 min of silence from Start, and a door slam before it', run(run(alarms.ALL_WELL, 0, 600, LEAD), 600.5, 840, { levelDbfs: -80 }), []],
    ['5 min of silence from Start', run(run(alarms.ALL_WELL, 0, 600, LEAD), 600.5, 901, { levelDbfs: -80 }), ['silent']],
    ['10 s of silence after speech in the class', run(run(run(alarms.ALL_WELL, 0, 600, LEAD), 600.5, 605, {}), 605.5, 615.5, { levelDbfs: -80 }), ['silent']],
    ['10 s of silence in a class that follows another at once', run(heard, 5.5, 15.5, { classId: 'waves', levelDbfs: -80 }), []],
    ['a pause in a class that was heard, in the lead time of the next', run(run(heard, 5.5, 20, { expected: false }), 20.5, 40, { ...LEAD, levelDbfs: -80 }), []],
    ['a microphone that is lost in the lead time', run(alarms.ALL_WELL, 0, 30, { ...LEAD, failed: ['lapel'], backups: ['ceiling'] }), ['microphone-lost', 'backup-in-use']],
    ['a shout in the lead time', run(alarms.ALL_WELL, 0, 1, { ...LEAD, clipping: ['lapel'] }), ['clipping']],
    ['10 s of silence in the next class', run(run(heard, 5.5, 900, { captured: false, expected: false }), 900.5, 910.5, { levelDbfs: -80 }), []],
  ])('after %s', (_what, watch, expected) => {
    expect(codes(watch)).toEqual(expected);
    for (const { message } of watch.alarms) expect(message).toMatch(/\.$/);
  });

  it('say that the class is heard by its backup only while it is', () => {
    const lost = { failed: ['lapel'], backups: ['ceiling'] };
    const words = (watch: alarms.SoundWatch): string | undefined => watch.alarms.find(({ code }) => code === 'backup-in-use')?.message;
    expect(words(run(heard, 5.5, 30, lost))).toContain('The class is heard');
    expect(words(run(heard, 5.5, 30, { ...lost, levelDbfs: -90 }))).toBe('the ceiling stands in.');
    expect(words(run(alarms.ALL_WELL, 0, 1, { ...lost, ...LEAD }))).toBe('the ceiling stands in.');
  });

  it('keep it over Start', () => {
    const watch = run(run(alarms.ALL_WELL, 0, 30, { ...LEAD, failed: ['lapel'] }), 30.5, 40, { failed: ['lapel'] });
    expect(watch.alarms[0]).toMatchObject({ source: 'lapel', since: new Date(WALL_MS).toISOString() });
  });

  it('keep the time at which they began', () => {
    const watch = run(heard, 5.5, 60, { failed: ['lapel'] });
    expect(watch.alarms[0]).toMatchObject({ source: 'lapel', since: new Date(WALL_MS + 5_500).toISOString() });
  });
});
