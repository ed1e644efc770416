// Role `backend`: Ollama on a host, with its models.
import type { ArchiveSpec } from '../resources/archive.js';
import type { Resource } from '../resources/kind.js';
import type { ServiceSpec } from '../resources/service.js';
import { BACKEND_VARIABLES } from '../stack/backend-variables.js';
import { OLLAMA_UNIT, ollamaAt, urlHost } from '../stack/places.js';
import type { BackendHost } from '../stack/stack.js';
import { render } from '../templates.js';
import { everyHost } from './every-host.js';
import { daemonReload, restart } from './handlers.js';
import { rates } from './logs.js';
import type { Role } from './role.js';

export const backend: Role = {
  name: 'backend',
  title: 'Ollama backend',
  doc: 'installs Ollama from an archive, or takes over the one that is there, and pulls the models',
  group: 'hxllm_backend_group',
  variables: BACKEND_VARIABLES,
  units: [OLLAMA_UNIT],
  hosts: (stack) => stack.backends,
  resources: (host) => resources(host as BackendHost),
};

function resources(host: BackendHost): Resource[] {
  const { port, models, vars } = host;
  const location = vars.ollama_archive as string | undefined;
  const at = ollamaAt(host);
  const ready: ServiceSpec = {
    ready: `curl -fsS -o /dev/null --max-time 2 http://${at}/api/version 2>/dev/null`,
    within: 60,
    port,
  };
  const again = restart(OLLAMA_UNIT, ready);
  const from = vars.ollama_pull_from as string | undefined;
  const archive: ArchiveSpec = {
    ...(location ? { source: { location, sha256: vars.ollama_sha256 as string } } : {}),
    into: '/usr/local',
    provides: '/usr/local/bin/ollama',
    elsewhere: ['/usr/bin/ollama'],
    owns: ['lib/ollama'],
  };
  const root = { owner: 'root', group: 'root' };
  return [
    ...everyHost(host),
    {
      kind: 'packages',
      id: 'packages',
      spec: { names: ['curl', 'ca-certificates', ...(location?.endsWith('.zst') ? ['zstd'] : [])] },
    },
    { kind: 'user', id: 'ollama', spec: { home: '/var/lib/ollama', joins: ['render', 'video'] } },
    { kind: 'directory', id: '/etc/hxllm', spec: { mode: '0755', ...root } },
    { kind: 'archive', id: 'ollama', spec: archive, notify: [again] },
    {
      kind: 'file',
      id: '/etc/hxllm/ollama.env',
      spec: { content: environment(vars), mode: '0600', ...root, secret: true },
      notify: [again],
    },
    {
      kind: 'unit',
      id: OLLAMA_UNIT,
      spec: {
        content: render('ollama/ollama.service.hbs', { gpu: vars.ollama_gpu === true }),
        foreign: render('ollama/drop-in.conf.hbs', {}),
      },
      notify: [daemonReload, again],
    },
    { kind: 'service', id: OLLAMA_UNIT, spec: ready },
    ...rates('ollama', vars),
    ...models.map((id) => ({ kind: 'model', id, spec: { at, ...(from ? { from } : {}) } })),
  ];
}

function environment(vars: BackendHost['vars']): string {
  const settings: Record<string, unknown> = {
    OLLAMA_KEEP_ALIVE: vars.ollama_keep_alive,
    OLLAMA_NUM_PARALLEL: vars.ollama_num_parallel,
    ...(vars.ollama_context_length ? { OLLAMA_CONTEXT_LENGTH: vars.ollama_context_length } : {}),
    ...(vars.ollama_environment as Record<string, unknown> | undefined),
  };
  return render('ollama/ollama.env.hbs', {
    listen: `${urlHost(String(vars.ollama_bind_host))}:${vars.ollama_port}`,
    environment: settings,
  });
}
