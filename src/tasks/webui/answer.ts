// The answer of a chat through Open WebUI, and how a person signs in there.
import { patience } from '../../checks/patience.js';
import { ask, type Proven } from '../../checks/webui.js';
import { HxError } from '../../errors.js';
import { showOrigin } from '../../inventory/types.js';
import { readWebui } from '../../open-webui.js';
import type { Run } from '../../run.js';
import type { WebuiHost } from '../../stack/stack.js';
import { ADMIN_PASSWORD } from '../../stack/webui.js';
import type { Fleet } from '../fleet.js';

export interface WebuiAnswer {
  model: string;
  question: string;
  answer: string;
}

/** Asks over the connection that is open. Throws HxError `check` when there is no answer. */
export async function askWebui(
  webui: WebuiHost,
  question: string,
  fleet: Fleet,
  run: Run,
): Promise<WebuiAnswer> {
  const session = fleet.hosts.find((h) => h.name === webui.name)?.session;
  const [model] = webui.models;
  if (!session || model === undefined) throw failed(webui, 'nobody can be asked');
  const seconds = patience(webui);
  const script = ask('chat', webui, { model, nonce: question, seconds });
  const { stdout } = await session.run(script, { signal: run.signal, timeoutMs: (seconds + 30) * 1000 });
  const { answer, error, why } = readWebui<Proven>(stdout);
  if (answer === undefined) throw failed(webui, error ?? why ?? 'no answer');
  return { model, question, answer };
}

const failed = ({ name }: WebuiHost, message: string) =>
  new HxError({
    code: 'check',
    where: name,
    message: `Open WebUI: ${message}`,
    hint: `hxllm verify --limit ${name}`,
  });

export interface SignIn {
  /** For a browser that knows the host's name. */
  url: string;
  /** For one that does not. */
  address: string;
  email: string;
  /** Where the password is; never what it is. */
  password?: { variable: string; file: string };
}

/** As the inventory's files say now: the first deploy has just written the password. */
export function signInOf(webui: WebuiHost, fleet: Fleet): SignIn {
  const { name, url, vars } = webui;
  const host = fleet.inventory.again().hosts.get(name);
  const variable = ['webui_admin_password', ADMIN_PASSWORD].find((v) => host?.origin(v));
  const origin = variable && host?.origin(variable);
  return {
    url,
    address: addressed(url, webui.host.get('ansible_host')),
    email: String(vars.webui_admin_email),
    ...(variable && origin ? { password: { variable, file: showOrigin({ file: origin.file }) ?? '' } } : {}),
  };
}

function addressed(url: string, address: unknown): string {
  if (typeof address !== 'string') return url;
  const there = new URL(url);
  there.hostname = address;
  return there.origin;
}
