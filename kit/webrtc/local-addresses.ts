import { networkInterfaces, type NetworkInterfaceInfo } from 'node:os';

/** Addresses of this machine for host candidates: IPv4 first, no link-local ones; loopback only where there is nothing else. */
export function localAddresses(host: string, interfaces: NodeJS.Dict<NetworkInterfaceInfo[]> = networkInterfaces()): string[] {
  if (host !== '0.0.0.0' && host !== '::') return [host];
  const all = Object.values(interfaces).flatMap((infos) => infos ?? []);
  const usable = all.filter(({ family, address }) => (family === 'IPv4' || host === '::') && !address.startsWith('fe80:') && !address.startsWith('169.254.'));
  const outward = usable.filter(({ internal }) => !internal);
  const chosen = (outward.length > 0 ? outward : usable).toSorted((a, b) => Number(a.family !== 'IPv4') - Number(b.family !== 'IPv4'));
  return [...new Set(chosen.map(({ address }) => address))];
}
