/** The address with this playback token in it; parts carry the room's signature instead and stay as they are. */
export function withToken(address: string, token: string): string {
  const url = new URL(address);
  if (!url.searchParams.has('token')) return address;
  url.searchParams.set('token', token);
  return url.href;
}
