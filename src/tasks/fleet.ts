// The hosts of a run: which, with which roles, and a connection to each.
import type { Leaving } from '../engine/leave.js';
import { HxError, messageOf } from '../errors.js';
import type { Host, Inventory } from '../inventory/types.js';
import { mapLimit } from '../retry.js';
import type { RoleName } from '../roles/role.js';
import type { Run } from '../run.js';
import type { ConnectOptions } from '../ssh/index.js';
import type { Session } from '../ssh/types.js';
import { NO_WEBUI, stackOf } from '../stack/read.js';
import { type GatewayHost, type Member, membersOf, type Stack } from '../stack/stack.js';

export interface FleetHost {
  name: string;
  host: Host;
  /** Its entries in the stack, one per role that it plays and that was asked for. */
  members: Member[];
  session?: Session;
  /** Why there is no session. */
  error?: HxError;
  /** What is to go from it. */
  leaving?: Leaving;
  /** While it is being connected to: ends with a session or an error. */
  connecting?: Promise<void>;
}

export interface Fleet {
  inventory: Inventory;
  stack: Stack;
  /** Those that `--limit` and the roles leave, in the order of the inventory. */
  hosts: FleetHost[];
}

/** The hosts that play a role. Throws what is wrong with the inventory; `limit` when the limit leaves none of them. */
export function fleetOf(
  inventory: Inventory,
  run: Pick<Run, 'limit'>,
  roles?: readonly RoleName[],
  stack = stackOf(inventory),
): Fleet {
  const chosen = run.limit === undefined ? [...inventory.hosts.values()] : inventory.select(run.limit);
  // not from the roles: what hosts must have is loaded while they are being connected to
  const members = membersOf(stack).filter(({ role }) => !roles || roles.includes(role));
  const hosts = chosen
    .map(
      (host): FleetHost => ({
        name: host.name,
        host,
        members: members.filter(({ name }) => name === host.name),
      }),
    )
    .filter((h) => h.members.length > 0);
  if (hosts.length > 0) return { inventory, stack, hosts };
  const wanted = roles ?? ['backend', 'gateway', 'webui'];
  const candidates = [...new Set(members.map((m) => m.name))];
  throw new HxError({
    code: 'limit',
    message: `no host of ${wanted.join(' or ')} is among ${chosen.map((h) => h.name).join(', ') || 'the hosts'}`,
    hint:
      candidates.length > 0
        ? `hosts that hxllm manages: ${candidates.join(', ')}`
        : [...stack.notices.filter((n) => n.startsWith(NO_WEBUI)), 'hxllm inventory check'],
  });
}

/**
 * Begins to connect to those that nobody has connected to yet, side by side. Resolves when it is their turn: what the
 * caller loads and works out then costs no time.
 */
export async function beginConnecting(fleet: Fleet, run: Run): Promise<void> {
  const { Slots, Texts, Dialer, underWay } = await import('../ssh/index.js');
  const slots = new Slots(run.parallel);
  const shared = { dialer: new Dialer(), texts: new Texts() };
  const ended = fleet.hosts.map((entry) => {
    if (entry.connecting || entry.session || entry.error) return undefined;
    entry.connecting = slots
      .use(() => connectHost(entry, run, shared))
      .finally(() => delete entry.connecting);
    return entry.connecting.catch(() => {}); // nobody may be waiting for it
  });
  await underWay(Promise.race([shared.dialer.begun, Promise.all(ended)]));
}

/** Connects to all of them side by side; each gets its session or its error. Nothing is thrown for a host. */
export async function connectAll(
  fleet: Fleet,
  run: Run,
  told: (host: FleetHost) => void = () => {},
): Promise<void> {
  const { Dialer, Texts } = await import('../ssh/index.js');
  const shared = { dialer: new Dialer(), texts: new Texts() };
  await mapLimit(fleet.hosts, run.parallel, async (entry) => {
    await (entry.connecting ?? connectHost(entry, run, shared));
    told(entry);
  });
}

/** What connections made side by side have in common. */
type Shared = Pick<ConnectOptions, 'dialer' | 'texts'>;

/** It gets its session or its error. */
export async function connectHost(entry: FleetHost, run: Run, shared: Shared = {}): Promise<void> {
  const { connect, targetOf } = await import('../ssh/index.js');
  delete entry.session;
  delete entry.error;
  try {
    const { host } = entry;
    const target = targetOf(
      entry.name,
      (variable) => host.get(variable),
      (variable) => host.setting(variable),
    );
    if (run.becomePassword && !target.becomePassword) target.becomePassword = run.becomePassword;
    entry.session = await connect(target, {
      ...shared,
      timeoutMs: run.timeoutMs,
      signal: run.signal,
      ...(run.trace ? { trace: run.trace } : {}),
    });
  } catch (error) {
    run.signal.throwIfAborted();
    entry.error =
      error instanceof HxError
        ? error
        : new HxError({ code: 'unreachable', where: entry.name, message: messageOf(error), cause: error });
  }
}

/** The same hosts as the inventory's files say now, over the connections that are open. */
export function readAgain(fleet: Fleet, run: Pick<Run, 'limit'>, roles?: readonly RoleName[]): Fleet {
  const fresh = fleetOf(fleet.inventory.again(), run, roles);
  for (const entry of fresh.hosts) {
    const session = fleet.hosts.find((h) => h.name === entry.name)?.session;
    if (session) entry.session = session;
  }
  return fresh;
}

/** Its gateways, each with its host. */
export function gatewaysOf({ hosts }: { hosts: readonly FleetHost[] }): [GatewayHost, FleetHost][] {
  return hosts.flatMap((entry) =>
    entry.members.flatMap((m): [GatewayHost, FleetHost][] => (m.role === 'gateway' ? [[m, entry]] : [])),
  );
}

/** Whoever goes on with these hosts connects again. */
export function closeAll(fleet: Fleet): void {
  for (const entry of fleet.hosts) {
    close(entry);
    entry.connecting?.then(
      () => close(entry),
      () => {},
    );
  }
}

function close(entry: FleetHost): void {
  entry.session?.close();
  delete entry.session;
}
