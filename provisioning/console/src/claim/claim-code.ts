/** As the panel shows it: upper case, a hyphen after four, nothing else. */
export function tidyCode(typed: string): string {
  const plain = typed.toUpperCase().replace(/[^A-Z0-9]/g, '').slice(0, 8);
  return plain.length > 4 ? `${plain.slice(0, 4)}-${plain.slice(4)}` : plain;
}
