import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { reasonInChinese, saidInChinese } from './zh-troubles.ts';

const isChinese = (sentence: string) => /[\u4e00-\u9fff]/.test(sentence);

/** The box's sentences as they are written there: they may change without anybody's thinking of this page. */
const found = (file: string, what: RegExp) => [...readFileSync(new URL(`../../../${file}`, import.meta.url), 'utf8').matchAll(what)].map(([, text = '']) => text);

describe('what the box says of a class is known in Chinese', () => {
  it.each([
    ['appliance/state/recording-proof.ts', /(?:return|\?) '([A-Z][^']+\.)'/g],
    ['appliance/state/stream-proof.ts', /(?:return|\?|:) '([A-Z][^']+\.)'/g],
    ['appliance/recorder/write-queue.ts', /return '([A-Z][^']+\.)'/g],
    ['appliance/recorder/recording-folder.ts', /'recording_removed', '([A-Z][^']+\.)'/g],
  ] as const)('in %s', (file, what) => {
    const sentences = found(file, what);
    expect(sentences).not.toEqual([]);
    expect(sentences.filter((sentence) => !isChinese(saidInChinese(sentence)))).toEqual([]);
  });

  it('and why a room is not ready', () => {
    const codes = found('appliance/state/readiness.ts', /code: '(\w+)'/g);
    expect(codes).not.toEqual([]);
    expect(codes.filter((code) => !isChinese(reasonInChinese(code, 'In English.')))).toEqual([]);
  });
});

it('keeps the box’s numbers', () => {
  expect(saidInChinese('The recording could not be checked for 20 seconds.')).toBe('录像已有 20 秒无法检查。');
});

it('says that students see nothing without the network’s own word for it', () => {
  expect(saidInChinese('Students cannot see this class yet: connect ECONNREFUSED. It is recorded, and this box keeps trying.')).toBe(
    '学生暂时看不到课堂。课堂正在录制，主机会自动重试。',
  );
});

it('passes on what it does not know', () => {
  expect(saidInChinese('Something new.')).toBe('Something new.');
});
