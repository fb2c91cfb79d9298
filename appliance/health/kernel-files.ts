import { readdir, readFile } from 'node:fs/promises';

/** Empty where there is no such file: what a machine does not have it does not tell. */
export async function textOf(file: string): Promise<string> {
  return readFile(file, 'utf8').catch(() => '');
}

export async function namesIn(folder: string, pattern: RegExp): Promise<string[]> {
  return (await readdir(folder).catch(() => [])).filter((name) => pattern.test(name));
}
