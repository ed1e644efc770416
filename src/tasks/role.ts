// Roles explained, and the files that hosts would get.

import { HxError } from '../errors.js';
import type { FileSpec } from '../resources/file.js';
import { type KeysSpec, filesOf as keyFiles } from '../resources/keys.js';
import type { Resource } from '../resources/kind.js';
import type { ReleaseSpec } from '../resources/release.js';
import { ROLES } from '../roles/index.js';
import type { Role } from '../roles/role.js';
import { HOST_VARIABLES } from '../stack/host-variables.js';
import type { Variable } from '../stack/variable.js';
import { color } from '../ui/color.js';
import { table } from '../ui/table.js';
import type { Fleet } from './fleet.js';
import { resourcesOf } from './look.js';

export function roleList(): { text: string; json: object } {
  const rows = ROLES.map((r) => [r.name, r.title, r.doc]);
  return {
    text: table(['role', 'title', 'what it does'], rows),
    json: { roles: ROLES.map(({ name, title, doc, units }) => ({ name, title, doc, units })) },
  };
}

export function roleShow(name: string): { text: string; json: object } {
  const role = roleNamed(name);
  const lines = [
    `${color.strong(role.name)}: ${role.title}`,
    role.doc,
    `units: ${role.units.join(', ')}`,
    `hosts: the group that ${role.group} names`,
    '',
    ...[...role.variables, ...HOST_VARIABLES].flatMap((v) => [
      `${color.name(v.name)}  ${color.dim(v.type)}  ${defaultText(v)}`,
      `    ${v.doc}`,
    ]),
  ];
  const variables = [...role.variables, ...HOST_VARIABLES].map(({ refuse: _, ...variable }) => variable);
  return {
    text: lines.join('\n'),
    json: { role: role.name, title: role.title, doc: role.doc, units: role.units, variables },
  };
}

function roleNamed(name: string): Role {
  const role = ROLES.find((r) => r.name === name);
  if (role) return role;
  throw new HxError({
    code: 'usage',
    message: `no role ${name}`,
    hint: `roles: ${ROLES.map((r) => r.name).join(', ')}`,
  });
}

/** What stands for a default when there is none to print. */
export function defaultText(variable: Variable): string {
  if (variable.default !== undefined) return `default ${JSON.stringify(variable.default)}`;
  if (variable.defaultDoc) return `default: ${variable.defaultDoc}`;
  return variable.required ? 'required' : 'not set';
}

export interface Rendered {
  host: string;
  path: string;
  content: string;
  mode: string;
  secret: boolean;
}

/** Every file that hxllm renders for the hosts; the text of a secret one is left out. */
export function renderedFiles(fleet: Fleet): Rendered[] {
  return fleet.hosts.flatMap((entry) =>
    resourcesOf(entry).flatMap((r) => filesOf(r).map((f) => ({ host: entry.name, ...f }))),
  );
}

const HIDDEN = '# holds secrets: not shown\n';

function filesOf(resource: Resource): Omit<Rendered, 'host'>[] {
  if (resource.gone) return [];
  if (resource.kind === 'file') {
    const { content, mode, secret = false } = resource.spec as FileSpec;
    return [{ path: resource.id, content: secret ? HIDDEN : content, mode, secret }];
  }
  if (resource.kind === 'unit') {
    return [
      {
        path: `/etc/systemd/system/${resource.id}`,
        content: (resource.spec as { content: string }).content,
        mode: '0644',
        secret: false,
      },
    ];
  }
  if (resource.kind === 'keys')
    return keyFiles(resource.spec as KeysSpec).map(({ path, content, mode }) => ({
      path,
      content,
      mode,
      secret: false,
    }));
  if (resource.kind === 'release') {
    const { root, files } = resource.spec as ReleaseSpec;
    return Object.entries(files).map(([name, { content, mode, secret = false }]) => ({
      path: `${root}/current/${name}`,
      content: secret ? HIDDEN : content,
      mode,
      secret,
    }));
  }
  return [];
}
