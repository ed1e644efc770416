// A lab's network: one bridge, one subnet of 10.88.0.0/16, and the rules that lead out of it.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { HxError } from '../errors.js';
import { LABS } from './paths.js';
import { attempt, run } from './run.js';
import { bridgeOf, gatewayOf, type LabState, machineOf, subnet } from './state.js';

const CLAIMS = join(LABS, '.subnets');

interface Address {
  addr_info: { local: string }[];
}
interface Route {
  dst: string;
  dev: string;
}

/** The MTU of the interface that leads out: 1500 loses large packets where the machine's own link has less. */
export async function outerMtu(): Promise<number> {
  const routes = JSON.parse(await run('ip', ['-json', 'route', 'show', 'default'])) as Route[];
  const device = routes[0]?.dev;
  return device ? Number(readFileSync(`/sys/class/net/${device}/mtu`, 'utf8')) : 1500;
}

/** Third parts of 10.88.x addresses that the machine uses or routes already. */
export function takenOctets(addresses: string[]): Set<number> {
  const found = addresses.map((address) => /^10\.88\.(\d+)\./.exec(address)?.[1]);
  return new Set(found.filter((octet) => octet !== undefined).map(Number));
}

function claim(octet: number, name: string): boolean {
  const file = join(CLAIMS, String(octet));
  try {
    writeFileSync(file, name, { flag: 'wx' });
    return true;
  } catch {
    return readFileSync(file, 'utf8') === name; // ours, from an `up` that died before it wrote its state
  }
}

/** Finds a subnet that no lab, address or route of this machine uses, and claims it. */
export async function claimSubnet(name: string): Promise<number> {
  mkdirSync(CLAIMS, { recursive: true, mode: 0o700 });
  const [links, routes] = await Promise.all([
    run('ip', ['-json', 'address']),
    run('ip', ['-json', 'route', 'show', 'table', 'all']),
  ]);
  const taken = takenOctets([
    ...(JSON.parse(links) as Address[]).flatMap((link) => link.addr_info.map((info) => info.local)),
    ...(JSON.parse(routes) as Route[]).map((route) => route.dst),
  ]);
  for (let octet = 1; octet < 255; octet++) if (!taken.has(octet) && claim(octet, name)) return octet;
  throw new HxError({
    code: 'lab',
    message: 'no subnet of 10.88.0.0/16 is free for another lab',
    hint: 'Take labs down that nobody uses: hxllm lab down --name NAME',
  });
}

/** The subnet that a lab has claimed, also when it died before it wrote anything else. */
export function claimedOctet(name: string): number | undefined {
  if (!existsSync(CLAIMS)) return undefined;
  const found = readdirSync(CLAIMS).find((octet) => readFileSync(join(CLAIMS, octet), 'utf8') === name);
  return found === undefined ? undefined : Number(found);
}

export const releaseSubnet = (octet: number) => rmSync(join(CLAIMS, String(octet)), { force: true });

/** Each rule names the lab's bridge or subnet, so that it can be found and removed without a record. */
export function rules(state: LabState): string[][] {
  const net = `${subnet(state.octet)}.0/24`;
  const bridge = bridgeOf(state);
  return [
    ['nat', 'POSTROUTING', '-s', net, '!', '-d', net, '-j', 'MASQUERADE'],
    // for machines whose own rules drop what they forward
    ['filter', 'FORWARD', '-i', bridge, '-j', 'ACCEPT'],
    ['filter', 'FORWARD', '-o', bridge, '-j', 'ACCEPT'],
  ];
}

const iptables = (verb: string, [table, chain, ...rule]: string[]) =>
  attempt('iptables', ['-w', '-t', table!, verb, chain!, ...rule]);

export async function networkUp(state: LabState): Promise<void> {
  const bridge = bridgeOf(state);
  if ((await attempt('ip', ['link', 'show', bridge])).code !== 0) {
    await run('ip', ['link', 'add', bridge, 'mtu', String(state.mtu), 'type', 'bridge']);
    await run('ip', ['address', 'add', `${gatewayOf(state)}/24`, 'dev', bridge]);
  }
  await run('ip', ['link', 'set', bridge, 'up']);
  for (const rule of rules(state)) {
    if ((await iptables('-C', rule)).code === 0) continue;
    const { code, stderr } = await iptables('-I', rule);
    if (code !== 0) throw new HxError({ code: 'lab', message: `iptables refused a rule: ${stderr.trim()}` });
  }
}

export async function networkDown(state: LabState): Promise<void> {
  // twice the same rule is possible after a crash between -C and -I
  for (const rule of rules(state)) while ((await iptables('-D', rule)).code === 0);
  await attempt('ip', ['link', 'delete', bridgeOf(state)]);
}

/** Pulls a host's cable (packets are dropped, not refused) or puts it back. */
export async function cable(state: LabState, machine: string, position: 'in' | 'out'): Promise<void> {
  await run('ip', ['link', 'set', `vb-${machineOf(state, machine)}`, position === 'in' ? 'up' : 'down']);
}
