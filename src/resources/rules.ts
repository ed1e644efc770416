// The text of a filter, and who of the text that lies on a host may come. Pure.
import { BlockList, isIP } from 'node:net';
import type { Coming, Opening } from '../opening.js';
import { render } from '../templates.js';

/** What a comment of a rule may hold, and nft's limit. */
const word = (text: string) => text.replace(/[^\w.:-]/g, '-').slice(0, 120);

/** Of these a host has said nowhere from where it comes. */
export function unknownOf(openings: readonly Opening[], kept = ''): { port: number; host: Coming }[] {
  return openings.flatMap(({ port, hosts }) =>
    hosts
      .filter((host) => !host.stays && sourcesOf(port, host, kept).length === 0)
      .map((host) => ({ port, host })),
  );
}

/** `kept`: the text on the host, for those who are not asked in this run. */
export function filterText(openings: readonly Opening[], kept = ''): string {
  return render('common/filter.nft.hbs', {
    openings: openings.map((opening) => ({
      port: opening.port,
      rules: sources(opening, kept).map(({ from, why }) => ({
        family: isIP(from.split('/')[0] as string) === 6 ? 'ip6' : 'ip',
        from,
        why: word(why),
      })),
    })),
  });
}

/** Of these addresses, those that an opening leaves out. */
export function leftOut(opening: Opening, kept: string, addresses: readonly string[]): string[] {
  const list = new BlockList();
  for (const { from } of sources(opening, kept)) {
    const [address = '', prefix] = from.split('/');
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
    list.addSubnet(address, prefix === undefined ? (family === 'ipv6' ? 128 : 32) : Number(prefix), family);
  }
  return addresses.filter((address) => !list.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4'));
}

function sources(opening: Opening, kept: string): { from: string; why: string }[] {
  const { port, variable, networks, hosts } = opening;
  return [
    ...hosts.flatMap((host) => sourcesOf(port, host, kept).map((from) => ({ from, why: host.name }))),
    ...networks.map((from) => ({ from, why: variable })),
  ];
}

function sourcesOf(port: number, { name, from }: Coming, kept: string): string[] {
  if (from && from.length > 0) return [...new Set(from)].sort();
  const [, chain = ''] = new RegExp(`^\\tchain port_${port} \\{\\n([^}]*)`, 'm').exec(kept) ?? [];
  return [...chain.matchAll(/^\t\tip6? saddr (\S+) accept comment "([^"]*)"$/gm)]
    .filter(([, , why]) => why === word(name))
    .map(([, from]) => from as string);
}
