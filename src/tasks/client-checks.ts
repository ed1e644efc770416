// Runs client checks: real clients, asked from one host of the inventory. Nothing is thrown for a check.
import { type ClientCheck, type Errand, errandFor, hasScript } from '../checks/client.js';
import { failure, judgeClient } from '../checks/client-result.js';
import { findingsOf } from '../checks/pieces.js';
import { HxError } from '../errors.js';
import type { Finding } from '../finding.js';
import { shortName } from '../inventory/host.js';
import type { Host, Inventory } from '../inventory/types.js';
import type { Run } from '../run.js';
import { Secret } from '../secret.js';
import { Recorder } from '../services/recorder.js';
import { fetchThrough } from '../services/tls.js';
import { whole } from '../shell.js';
import type { Session } from '../ssh/types.js';
import type { GatewayHost, Stack } from '../stack/stack.js';
import { type Asking, notReached } from './checking.js';
import type { Fleet, FleetHost } from './fleet.js';

/** What --clients asks for, as the run needs it. */
export interface ClientRun {
  from: FleetHost;
  checks: readonly ClientCheck[];
}

/** Adds the host to the fleet when it is not in it: only the clients are asked there. */
export function clientRun(
  fleet: Fleet,
  checks: readonly ClientCheck[],
  name?: string,
): ClientRun | undefined {
  if (checks.length === 0) return undefined;
  const host = hostNamed(fleet.inventory, name) ?? usualHost(fleet.stack);
  const known = fleet.hosts.find((entry) => entry.name === host.name);
  const from = known ?? { name: host.name, host, members: [] };
  if (!known) fleet.hosts.push(from);
  return { from, checks };
}

function usualHost({ webuis, gateways }: Stack): Host {
  return (webuis[0] ?? (gateways[0] as GatewayHost)).host;
}

function hostNamed({ hosts }: Inventory, name?: string): Host | undefined {
  if (name === undefined) return undefined;
  const exact = hosts.get(name);
  const short = [...hosts.values()].filter((host) => shortName(host.name) === name);
  if (exact || short.length === 1) return exact ?? short[0];
  const several = short.length > 0;
  const names = (several ? short : [...hosts.values()]).map((host) => host.name);
  throw new HxError({
    code: 'usage',
    message: several ? `--from ${name} means several hosts` : `--from ${name} is no host of the inventory`,
    hint: `hosts: ${names.slice(0, 20).join(', ')}${names.length > 20 ? ', …' : ''}`,
  });
}

type ClientAsking = Asking & Pick<Run, 'masker'>;

/** One finding per URL of a gateway. */
export async function checkClient(
  check: ClientCheck,
  from: FleetHost,
  stack: Stack,
  asking: ClientAsking,
): Promise<Finding[]> {
  const gateways = stack.gateways.filter(
    (one, i, all) => all.findIndex((other) => other.baseUrl === one.baseUrl) === i,
  );
  const findings: Finding[] = [];
  for (const gateway of gateways) {
    const found = await checkAt(check, from, gateway, asking);
    findings.push(gateways.length > 1 ? { ...found, subject: gateway.baseUrl } : found);
  }
  return findings;
}

async function checkAt(
  check: ClientCheck,
  { name, session, error }: FleetHost,
  gateway: GatewayHost,
  asking: ClientAsking,
): Promise<Finding> {
  const away = (thrown: unknown): Finding => ({
    ...notReached(name, thrown),
    check: check.id,
    title: check.title,
  });
  const finding = (result: Parameters<typeof findingsOf>[2]) => findingsOf(check, name, result)[0] as Finding;
  const errand = errandFor(gateway);
  if (!errand) return finding({ status: 'skip', message: 'no chat model' });
  if (!session) return away(error);
  asking.masker.add(errand.key);
  try {
    const seen = hasScript(check)
      ? await onHost(check, errand, session, asking)
      : await throughHost(check, errand, session, asking);
    return finding(judgeClient(errand, seen));
  } catch (thrown) {
    asking.signal.throwIfAborted();
    const isOfTheHost = thrown instanceof HxError && thrown.code !== 'check';
    return isOfTheHost ? away(thrown) : finding(failure(errand, thrown));
  }
}

const START = 'LC_ALL=C; export LC_ALL; PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
/** Three requests, and what a busy host takes besides. */
const longestMs = ({ seconds }: Errand) => (2 * seconds + 90) * 1000;

async function onHost(
  check: Extract<ClientCheck, { script: unknown }>,
  errand: Errand,
  session: Session,
  { signal, evidence }: Asking,
) {
  const at = new Date();
  const script = whole(`${START}\n${check.script(errand)}`);
  const { stdout } = await session.run(script, { signal, timeoutMs: longestMs(errand) });
  const shown = check.script({ ...errand, key: new Secret('[secret]') });
  await evidence?.host(session.name, { name: check.id, check, script: shown }, stdout, at);
  return check.read(stdout, errand);
}

async function throughHost(
  check: Exclude<ClientCheck, { script: unknown }>,
  errand: Errand,
  session: Session,
  { signal, evidence, trace }: Asking,
) {
  const { hostname, port, protocol } = new URL(errand.url);
  const name = hostname.replace(/^\[|\]$/g, '');
  const tunnel = await session.tunnel(name, Number(port || (protocol === 'https:' ? 443 : 80)));
  const recorder = new Recorder(fetchThrough(tunnel.port, { chain: errand.chain, name }));
  const refused = () => tunnel.refused?.();
  try {
    return await check.ask(errand, { fetch: recorder.fetch, signal, refused });
  } finally {
    tunnel.close();
    const exchanges = await recorder.take();
    await evidence?.exchanges(session.name, check.id, exchanges);
    for (const { request, response, error, tookMs } of exchanges)
      trace?.(`${session.name} ${request.method} ${request.url} ${response?.status ?? error}, ${tookMs} ms`);
  }
}
