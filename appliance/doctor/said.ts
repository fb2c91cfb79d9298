import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const TIMEOUT_MS = 5_000;

/** What a command says; null where there is none of that name, or it fails: both are answers here. */
export async function said(command: string, args: readonly string[], signal: AbortSignal): Promise<string | null> {
  try {
    return (await promisify(execFile)(command, [...args], { signal, timeout: TIMEOUT_MS })).stdout;
  } catch (error) {
    if (signal.aborted) throw error;
    return null;
  }
}
