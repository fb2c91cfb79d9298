/**
 * Small texts kept by this browser. Storage may be switched off (private windows, blocked cookies): then nothing is remembered
 * and the page works all the same, which is why a failure is an answer here.
 */
export function readStored(key: string, where: 'device' | 'tab' = 'device'): string | null {
  try {
    return storageOf(where).getItem(key);
  } catch {
    return null;
  }
}

/** Null forgets. Answers whether it is kept. */
export function writeStored(key: string, text: string | null, where: 'device' | 'tab' = 'device'): boolean {
  try {
    if (text === null) storageOf(where).removeItem(key);
    else storageOf(where).setItem(key, text);
    return true;
  } catch {
    return false;
  }
}

function storageOf(where: 'device' | 'tab'): Storage {
  return where === 'device' ? localStorage : sessionStorage;
}
