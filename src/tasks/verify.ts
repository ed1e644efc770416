// The story of `hxllm verify`: connect, check the hosts, check the stack, write the reports.
import { dirname } from 'node:path';
import { type HostCheck, isHostCheck, type StackCheck } from '../checks/check.js';
import { selectClients } from '../checks/clients.js';
import { type Selection, selectChecks } from '../checks/select.js';
import { webuiChat } from '../checks/webui-chat.js';
import { EXIT, type Exit, HxError, worstExit } from '../errors.js';
import type { Finding, Status } from '../finding.js';
import type { Inventory } from '../inventory/types.js';
import { mapLimit } from '../retry.js';
import type { Run } from '../run.js';
import type { GatewayHost, Stack } from '../stack/stack.js';
import { junit } from '../ui/junit.js';
import { type Step, story } from '../ui/listr.js';
import { checkGateway, checkHost } from './checking.js';
import { type ClientRun, checkClient, clientRun } from './client-checks.js';
import { type Evidence, makeFolder, openEvidence, writeReport } from './evidence.js';
import { closeAll, connectAll, type Fleet, fleetOf, gatewaysOf } from './fleet.js';

export interface VerifyOptions extends Selection {
  /** The host that clients are asked from. */
  from?: string | undefined;
  /** File for a JUnit report. */
  junit?: string | undefined;
  /** Folder for what was asked and seen. */
  evidence?: string | undefined;
}

export interface Verified {
  findings: Finding[];
  summary: Record<Status, number>;
  exit: Exit;
}

/** The command: own connections, told as a story. */
export async function verify(inventory: Inventory, run: Run, options: VerifyOptions): Promise<Verified> {
  const checks = selectChecks(options);
  const fleet = fleetOf(inventory, run);
  const clients = clientRun(fleet, selectClients(options), options.from);
  if (options.junit) await makeFolder(dirname(options.junit), '--junit');
  const evidence = options.evidence ? await openEvidence(options.evidence, run.masker) : undefined;
  const began = new Date();
  const findings: Finding[] = [];
  try {
    await story(steps(fleet, run, checks, findings, evidence, clients), {}, run);
  } finally {
    closeAll(fleet);
  }
  const verified = verifiedOf(withoutEchoes(inOrder(findings, fleet), fleet.stack, awayOf(fleet)));
  const report = { schema: 1, began: began.toISOString(), ended: new Date().toISOString(), ...verified };
  await evidence?.json('report.json', report);
  if (options.junit) await writeReport(options.junit, run.masker.mask(junit(verified.findings, began)));
  return verified;
}

/** For other tasks, after a deploy: the same checks over sessions that are open, told through `say`. */
export async function verifyFleet(
  fleet: Fleet,
  run: Run,
  selection: Selection = {},
  say: (text: string) => void = () => {},
): Promise<Finding[]> {
  const { hostChecks, stackChecks } = split(selectChecks(selection));
  say('checking the hosts');
  const onHosts = await mapLimit(fleet.hosts, run.parallel, (entry) =>
    checkHost(entry, fleet.stack, hostChecks, run),
  );
  const onGateways = await mapLimit(gatewaysOf(fleet), run.parallel, ([gateway, entry]) =>
    checkGateway(gateway, entry, fleet.stack, stackChecks, {
      ...run,
      say,
      asked: askedOf(fleet, gateway, onHosts.flat()),
    }),
  );
  return inOrder([...onHosts, ...onGateways].flat(), fleet);
}

/**
 * A gateway's failure that only says once more that a backend is away is `unreached`, too: one dead host is one fact.
 * `away` are the names of hosts that were not reached.
 */
export function withoutEchoes(
  findings: readonly Finding[],
  stack: Stack,
  away: ReadonlySet<string>,
): Finding[] {
  return findings.map((finding) => {
    const { host, status, blames = [] } = finding;
    const backends = stack.gateways.find((g) => g.name === host)?.backends ?? [];
    const isAway = (name: string) => away.has(backends.find((b) => b.name === name)?.host ?? '');
    return status === 'fail' && blames.length > 0 && blames.every(isAway)
      ? { ...finding, status: 'unreached' }
      : finding;
  });
}

/** Hosts of the fleet without a connection. */
export function awayOf({ hosts }: Fleet): Set<string> {
  return new Set(hosts.filter((h) => h.error?.exitCode === EXIT.unreached).map((h) => h.name));
}

export function verifiedOf(findings: Finding[]): Verified {
  const summary: Record<Status, number> = { pass: 0, warn: 0, fail: 0, skip: 0, unreached: 0 };
  for (const { status } of findings) summary[status]++;
  const exits = [
    summary.fail > 0 ? EXIT.failed : EXIT.done,
    summary.unreached > 0 ? EXIT.unreached : EXIT.done,
  ];
  return { findings, summary, exit: worstExit(exits) };
}

function steps(
  fleet: Fleet,
  run: Run,
  checks: readonly (HostCheck | StackCheck)[],
  findings: Finding[],
  evidence: Evidence | undefined,
  clients: ClientRun | undefined,
): Step<object>[] {
  const { hostChecks, stackChecks } = split(checks);
  const gateways = gatewaysOf(fleet);
  const asking = { signal: run.signal, trace: run.trace, evidence };
  let connected = 0;
  return [
    {
      title: 'Connect to the hosts',
      run: (_, tell) => connectAll(fleet, run, () => tell.say(`${++connected} of ${fleet.hosts.length}`)),
    },
    {
      title: 'Check the hosts',
      skip: () => hostChecks.length === 0 && 'no check of hosts was chosen',
      each: () =>
        fleet.hosts
          .filter(({ members }) => members.length > 0)
          .map((entry) => ({
            title: entry.name,
            run: async () => keep(findings, await checkHost(entry, fleet.stack, hostChecks, asking)),
          })),
    },
    {
      title: 'Check the stack as its clients see it',
      skip: () =>
        (stackChecks.length === 0 && 'no check of the stack was chosen') ||
        (gateways.length === 0 && 'no gateway is among the hosts'),
      each: () =>
        gateways.map(([gateway, entry]) => ({
          title: gateway.name,
          run: async (_, { say }) =>
            keep(
              findings,
              await checkGateway(gateway, entry, fleet.stack, stackChecks, {
                ...asking,
                say,
                asked: askedOf(fleet, gateway, findings),
              }),
            ),
        })),
    },
    ...(clients ? [clientStep(clients, fleet, { ...asking, masker: run.masker }, findings)] : []),
  ];
}

function clientStep(
  { from, checks }: ClientRun,
  { stack }: Fleet,
  asking: Parameters<typeof checkClient>[3],
  findings: Finding[],
): Step<object> {
  return {
    title: `Ask as clients do, from ${from.name}`,
    // one after the other: each has the machine for itself, and its times mean something
    oneByOne: true,
    each: () =>
      checks.map((check) => ({
        title: check.client,
        run: async () => keep(findings, await checkClient(check, from, stack, asking)),
      })),
  };
}

/** Clients of the web UIs of a gateway through which a chat went: one that could not be asked is none. */
function askedOf({ stack }: Fleet, { name }: GatewayHost, findings: readonly Finding[]): string[] {
  const chatted = findings.filter((f) => f.check === webuiChat.id && f.status === 'pass').map((f) => f.host);
  const own = stack.webuis.filter((w) => w.gateway === name && chatted.includes(w.name));
  return [...new Set(own.map((w) => w.client))];
}

/** Keeps what was found; throws when something failed, so that the list shows it. */
function keep(findings: Finding[], found: readonly Finding[]): void {
  findings.push(...found);
  const bad = found.filter(({ status }) => status === 'fail' || status === 'unreached');
  if (bad.length === 0) return;
  const names = [...new Set(bad.map(({ check }) => check))].join(', ');
  throw new HxError({ code: 'check', message: `${bad.length} of ${found.length} failed: ${names}` });
}

function split(checks: readonly (HostCheck | StackCheck)[]) {
  const hostChecks = checks.filter(isHostCheck);
  return { hostChecks, stackChecks: checks.filter((c): c is StackCheck => !isHostCheck(c)) };
}

/** Host by host, in the order of the inventory. */
function inOrder(findings: readonly Finding[], { hosts }: Fleet): Finding[] {
  return hosts.flatMap(({ name }) => findings.filter(({ host }) => host === name));
}
