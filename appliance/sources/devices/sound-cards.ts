/** What `/proc/asound` says of the machine's sound devices. Pure. */
export interface SoundDevice {
  /** ALSA's name of it, by the card's own name: numbers change when things are plugged in another order. */
  readonly pcm: string;
  readonly name: string;
}

/** Devices that can be recorded from, of `/proc/asound/cards` and `/proc/asound/pcm`. */
export function soundDevicesIn(cards: string, pcm: string): SoundDevice[] {
  const names = new Map([...cards.matchAll(/^ *(\d+) \[(\S+) *\]: .*? - (.*)$/gm)].map(([, number, id = '', name = '']) => [Number(number), { id, name: name.trim() }]));
  return [...pcm.matchAll(/^(\d+)-(\d+): ([^:]*):.*\bcapture \d+/gm)].flatMap(([, card, device, label = '']) => {
    const known = names.get(Number(card));
    return known === undefined ? [] : [{ pcm: `hw:CARD=${known.id},DEV=${Number(device)}`, name: `${known.name}: ${label.trim()}` }];
  });
}

/** The card that an ALSA name speaks of, by name or number; null where it leaves that to ALSA's configuration. */
export function cardOf(pcm: string): string | null {
  return /^(?:plug)?hw:(?:CARD=)?([^,]+)/.exec(pcm)?.[1] ?? null;
}

export function hasCard(cards: string, card: string): boolean {
  return [...cards.matchAll(/^ *(\d+) \[(\S+) *\]:/gm)].some(([, number, id]) => card === number || card === id);
}
