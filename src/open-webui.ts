// Open WebUI on its own host: Python that the host's own interpreter runs from stdin, and what it prints. Pure.
import { kept, quote } from './shell.js';
import { templateText } from './templates.js';

const BASE = ['find', 'environment', 'database', 'connection', 'server'];

/** sh: one runs, whoever started it. */
const RUNS = "grep -zsqE '/bin/open-webui$|^open_webui\\.main:app$' /proc/[0-9]*/cmdline";

/** Each call, and the file of templates/open-webui that has it. */
const CALLS = {
  look: 'look',
  connect: 'connect',
  restore: 'connect',
  keep: 'upgrade',
  bring: 'upgrade',
  grant: 'connect',
  gateway: 'prove',
  models: 'prove',
  chat: 'prove',
  user: 'prove',
};

export type Call = keyof typeof CALLS;

/** What an installation is connected to; keys as SHA-256. */
export interface Connections {
  enable: boolean;
  urls: string[];
  keys: string[];
  /** Places of connections that an administrator switched off. */
  off: number[];
}

export interface SeenWebui {
  /** `docker`, `user` (a user's own unit), `nobody` (no unit) and `several` cannot be managed. */
  state: 'none' | 'ours' | 'foreign' | 'docker' | 'user' | 'nobody' | 'several' | 'no python';
  unit: string;
  active: boolean;
  /** Started at boot. */
  enabled?: boolean;
  restarts?: number;
  /** Unix seconds. */
  since?: number;
  /** The EnvironmentFile to change; null when it has none. */
  file: string | null;
  env: Connections;
  bypass: boolean;
  /** ENABLE_PERSISTENT_CONFIG: when false, the environment alone counts. */
  persistent: boolean;
  postgres: boolean;
  version: string;
  slim: boolean;
  venv: string;
  /** ADDRESS:PORT at which the host itself reaches it. */
  listens: string;
  /** The address that it is bound to. */
  bind?: string;
  /** Of its SQLite database. */
  path?: string;
  /** The folder of its uploads. */
  data?: string;
  /** Of the database: `new` since 0.10, `old` before, `none` before its first start. */
  form?: 'new' | 'old' | 'none' | 'foreign';
  /** null = the environment rules. */
  db?: Connections | null;
  live?: Connections;
  /** Why the running server could not be asked. */
  why?: string;
  /** Models that every user may use. */
  granted?: string[];
  /** Why the database could not be read. */
  unreadable?: string;
}

/** sh that runs a call; no word of it is in any process's arguments. */
export function webuiScript(call: Call, payload: object): string {
  const files = [...BASE, CALLS[call]].map((name) => templateText(`open-webui/${name}.py`));
  // JSON is a Python literal when it is written as a JSON string
  const literal = JSON.stringify(JSON.stringify(payload));
  return `python3 - 2>&1 <<'HXLLM'\n${files.join('\n\n')}\n\n${call}(json.loads(${literal}))\nHXLLM`;
}

/** sh: as `look`, also on a host without Python. */
export function lookScript(unit: string): string {
  return `if command -v python3 >/dev/null; then ${webuiScript('look', { unit })}
elif ${RUNS}; then echo '{"state": "no python"}'
else echo '{"state": "none"}'; fi`;
}

/** sh that holds where somebody else installed one. */
export function foreignScript(unit: string): string {
  const { ask, name } = kept(`systemctl show -P FragmentPath -- ${quote(unit)}`);
  return `${ask}
if [ -n "$${name}" ]; then grep -qF '# Written by hxllm' "$${name}" 2>/dev/null; [ $? = 1 ]; else ${RUNS}; fi`;
}

/** What a call printed: one line of JSON. Throws when there is none. */
export function readWebui<T>(output: string): T {
  const line = output.split('\n').find((l) => l.startsWith('{'));
  if (line === undefined) throw new Error(`Open WebUI could not be looked at: ${output.trim().slice(-300)}`);
  return JSON.parse(line) as T;
}
