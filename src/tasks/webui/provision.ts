// What the first deploy of a web UI makes: a client's key and an administrator's password. In memory until a person agrees.
import { randomBytes } from 'node:crypto';
import { showOrigin } from '../../inventory/types.js';
import type { Run } from '../../run.js';
import { Secret } from '../../secret.js';
import { ADMIN_PASSWORD } from '../../stack/webui.js';
import type { Fleet } from '../fleet.js';
import { masterFile, referTo, variableOf } from '../keys/place.js';
import { writeClient } from '../keys/write.js';
import type { Look } from '../look.js';

export interface Provision {
  /** Clients that the inventory does not have yet, by name. */
  clients: Map<string, Secret>;
  password?: Secret;
}

/** Its environment: where the password goes. */
const ENVIRONMENT = '/etc/open-webui/env';

/** Gives the stack what is missing, so that the plan is of what will be; nothing is written. */
export function provision({ stack, hosts }: Fleet, { masker }: Pick<Run, 'masker'>): Provision {
  const made: Provision = { clients: new Map() };
  if (!hosts.some((h) => h.members.some(({ role }) => role !== 'backend'))) return made;
  const fresh = (text: string) => {
    const secret = new Secret(text);
    masker.add(secret);
    return secret;
  };
  for (const webui of stack.webuis) {
    if (!webui.key) {
      const key = made.clients.get(webui.client) ?? fresh(`sk-${randomBytes(24).toString('hex')}`);
      made.clients.set(webui.client, key);
      webui.key = key;
    }
    if (!webui.adminPassword)
      webui.adminPassword = made.password ??= fresh(randomBytes(18).toString('base64url'));
  }
  for (const [name, key] of made.clients) {
    const variable = variableOf(name);
    for (const gateway of stack.gateways)
      if (!gateway.clients.some((c) => c.name === name)) gateway.clients.push({ name, key });
    stack.notices.push(`${name} gets a key of its own: ${variable}, beside the master key`);
  }
  return made;
}

/** Where keys are written is told by the gateways, also when the run leaves them out. */
function withGateways(fleet: Fleet): Fleet {
  const { hosts, stack } = fleet;
  const left = stack.gateways.filter(({ name }) => !hosts.some((h) => h.name === name));
  return { ...fleet, hosts: [...hosts, ...left.map((g) => ({ name: g.name, host: g.host, members: [g] }))] };
}

/** Writes them into the inventory before a host gets them; says what. Throws HxError when a file cannot be written. */
export function keep(some: Fleet, made: Provision, looks: readonly Look[]): string[] {
  const fleet = withGateways(some);
  const said: string[] = [];
  for (const [name, key] of made.clients) {
    const { file, clients } = writeClient(fleet, { name, key: referTo(variableOf(name)) }, key);
    said.push(`${name} is a client now: ${variableOf(name)} in ${file}, its entry in ${clients}`);
  }
  const changes = looks.flatMap(({ plan }) => plan.changes);
  const change = changes.find(({ resource }) => resource.id === ENVIRONMENT);
  if (made.password && change) {
    const master = masterFile(fleet);
    master.state();
    master.add(ADMIN_PASSWORD, made.password);
    const where = showOrigin({ file: master.file });
    said.push(
      change.action === 'create'
        ? `the administrator of Open WebUI signs in with ${ADMIN_PASSWORD} of ${where}`
        : `${ADMIN_PASSWORD} of ${where} is new; an administrator that is there keeps the password`,
    );
  }
  return said;
}
