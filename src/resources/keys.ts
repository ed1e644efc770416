// Kind `keys`: who may use the gateway. Two live files and HAProxy's running map, changed in an order that no client notices.
import { quote } from '../shell.js';
import { ownership, readContents, type SeenFile, writeFile } from './content.js';
import type { Kind, Text } from './kind.js';
import { tidy } from './original.js';

export interface KeysSpec {
  /** The text of keys.json: what LiteLLM's hook accepts. */
  json: string;
  /** The text of clients.map: whose name HAProxy writes into its log, and whom its guard lets pass. */
  map: string;
}

export const KEYS = '/etc/litellm/keys.json';
export const CLIENTS_MAP = '/etc/haproxy/clients.map';
const SOCKET = '/run/haproxy/admin.sock';

const MODES = {
  [KEYS]: { mode: '0640', owner: 'root', group: 'litellm' },
  [CLIENTS_MAP]: { mode: '0644', owner: 'root', group: 'root' },
};

/** Path, text, mode and owner of both files. */
export function filesOf({ json, map }: KeysSpec) {
  return [
    { path: KEYS, content: json, ...MODES[KEYS] },
    { path: CLIENTS_MAP, content: map, ...MODES[CLIENTS_MAP] },
  ];
}

/** They only go forward, for no undo may revive a key: that is why they belong to the stage. */
export const keys: Kind<KeysSpec, Map<string, SeenFile>> = {
  name: 'keys',
  phase: 'stage',
  files: (resources) => resources.flatMap((r) => filesOf(r.spec)),
  read: (section, resources) => new Map(resources.map((r) => [r.id, readContents(section)])),
  diff(resource, seen) {
    const reasons: string[] = [];
    const texts: Text[] = [];
    for (const { path, content, ...want } of filesOf(resource.spec)) {
      const have = seen?.get(path);
      if (!have) reasons.push(`${path} is missing`);
      else if (have.different) reasons.push(`${path} differs`);
      if (have) reasons.push(...ownership(have, want).map((reason) => `${path}: ${reason}`));
      if (!have || have.different) texts.push({ path, before: have?.different?.text ?? '', after: content });
    }
    if (reasons.length === 0) return undefined;
    const action = (seen?.size ?? 0) > 0 ? 'update' : 'create';
    return { resource, action, title: 'client keys', reasons, texts };
  },
  remove: (resource, seen) =>
    seen?.size
      ? {
          resource,
          action: 'remove',
          title: 'client keys',
          reasons: [[...seen.keys()].join(', ')],
        }
      : undefined,
  apply: ({ resource: { spec }, action }) => {
    if (action === 'remove') return `rm -f -- ${KEYS} ${CLIENTS_MAP}\n${tidy(KEYS)}`;
    const { mode, owner, group } = MODES[KEYS];
    return `map=${CLIENTS_MAP}
${LIVE}
rm -f "$map".hxllm-*
printf %s ${quote(spec.map)} > "$map.hxllm-new"
{ cat "$map.hxllm-new"; cat "$map" 2>/dev/null || true; } | awk 'NF == 2 && !seen[$1]++' > "$map.hxllm-both"
take "$map.hxllm-both"
${writeFile(KEYS, spec.json, mode, owner, group)}
take "$map.hxllm-new"`;
  },
};

/** bash: HAProxy has a name before its key is accepted and for as long as it is, or its guard would count the client's requests. */
const LIVE = `say() { socat -t 5 stdio ${SOCKET}; }
take() { # FILE becomes the map: of the running HAProxy in one step, then on disk
  local version said rows
  chown root:root "$1"; chmod 0644 "$1"
  # nobody answers: HAProxy reads the file when it starts; it answers otherwise: it does not use this map yet
  said=$(echo "prepare map $map" | say 2>/dev/null) || said=
  version=\${said##*New version created: }; version=\${version%%[!0-9]*}
  if [ -n "$version" ]; then
    said=$(while mapfile -t -n 100 rows && [ \${#rows[@]} -gt 0 ]; do
      { printf 'add map @%s %s <<\\n' "$version" "$map"; printf '%s\\n' "\${rows[@]}" ''; } | say
    done < "$1"; echo "commit map @$version $map" | say)
    [ -z "\${said//[[:space:]]/}" ] || { echo "HAProxy: $said"; return 1; }
  fi
  mv -fT "$1" "$map"
}`;
