// The lab's hosts: the guide's names and groups, and more backends than the guide has. One more host is one more line.
import { HxError } from '../errors.js';

export const DOMAIN = 'dev-test.hana-x.ai';

export interface LabHost {
  /** Short name; the inventory uses it with the domain. */
  short: string;
  /** Its group in the inventory; the control node is in none. */
  group: string;
  /** Part of the interface name, which has at most 15 characters: `vb-hx254-llm01`. */
  machine: string;
  /** Last part of its address. */
  octet: number;
  /** Made when nobody names hosts. */
  usual: boolean;
}

/** The group of a host that the inventory does not name: people run hxllm there. */
export const CONTROL = 'control node';

/** For fleets: llm04 has .44. */
const more = (count: number): LabHost[] =>
  Array.from({ length: count }, (_, index) => {
    const number = index + 4;
    const machine = `llm${String(number).padStart(2, '0')}`;
    return { short: `hx-${machine}-server`, group: 'llm', machine, octet: 40 + number, usual: false };
  });

export const HOSTS: readonly LabHost[] = [
  { short: 'hx-devops-server', group: CONTROL, machine: 'devops', octet: 5, usual: false },
  { short: 'hx-api-server', group: 'litellm', machine: 'api', octet: 11, usual: true },
  { short: 'hx-api02-server', group: 'litellm', machine: 'api02', octet: 12, usual: false },
  { short: 'hx-llm01-server', group: 'llm', machine: 'llm01', octet: 21, usual: true },
  { short: 'hx-llm02-server', group: 'llm', machine: 'llm02', octet: 22, usual: true },
  { short: 'hx-llm03-server', group: 'llm', machine: 'llm03', octet: 23, usual: false },
  ...more(12),
  { short: 'hx-webui-server', group: 'webui', machine: 'webui', octet: 31, usual: true },
];

export const fqdn = (host: LabHost) => `${host.short}.${DOMAIN}`;

/** A host of the table by its short or full name. */
export function labHost(name: string): LabHost {
  const found = HOSTS.find((host) => host.short === name || fqdn(host) === name);
  if (found) return found;
  throw new HxError({
    code: 'usage',
    message: `the lab has no host "${name}"`,
    hint: `Its hosts are: ${HOSTS.map((host) => host.short).join(', ')}`,
  });
}
