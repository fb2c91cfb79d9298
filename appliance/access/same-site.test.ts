import { expect, it } from 'vitest';
import { checkSameSite } from './same-site.ts';

const verdict = (host: string | undefined, origin?: string): string => {
  try {
    checkSameSite({ host, origin }, ['box-301.school.example']);
    return 'ok';
  } catch (thrown) {
    return (thrown as { code: string }).code;
  }
};

it.each([
  ['127.0.0.1:8080', undefined, 'ok'],
  ['localhost:8080', 'http://localhost:8080', 'ok'],
  ['[::1]:8080', 'http://[::1]:8080', 'ok'],
  ['192.168.1.20:8080', 'http://192.168.1.20:8080', 'ok'],
  ['box-301.school.example', 'https://box-301.school.example', 'ok'],
  ['BOX-301.school.example:8080', undefined, 'ok'],
  ['evil.example', undefined, 'foreign_host'],
  ['evil.example:8080', 'http://evil.example:8080', 'foreign_host'],
  [undefined, undefined, 'foreign_host'],
  ['not a host', undefined, 'foreign_host'],
  ['127.0.0.1:8080', 'http://evil.example', 'foreign_origin'],
  ['127.0.0.1:8080', 'http://127.0.0.1:9999', 'foreign_origin'],
  ['127.0.0.1:8080', 'null', 'foreign_origin'],
  ['127.0.0.1:8080', '', 'foreign_origin'],
])('host %s with origin %s is %s', (host, origin, expected) => {
  expect(verdict(host, origin)).toBe(expected);
});
