// Kind `model`: a model in a running Ollama, pulled and removed through its API. Success of a pull is its last line and nothing else.
import { type Kept, kept, quote } from '../shell.js';
import type { Kind } from './kind.js';

export interface ModelSpec {
  /** Where the host itself reaches Ollama: `127.0.0.1:11434`. */
  at: string;
  /** Registry to pull from instead of Ollama's own: `http://10.0.0.1:5000`. */
  from?: string;
}

/** What an Ollama that answers has, on one line; nothing when it does not. */
export const tagsOf = (at: string): Kept =>
  kept(`curl -q -gsf --noproxy '*' --max-time 5 ${quote(`http://${at}/api/tags`)}`);

export const model: Kind<ModelSpec, true> = {
  name: 'model',
  phase: 'after',
  probe: (resources) =>
    [...new Set(resources.map((r) => r.spec.at))]
      .map((at) => {
        const onDisk = resources
          .filter((r) => r.spec.at === at)
          .map((r) => `[ -e ${quote(manifestOf(r.id))} ] && echo ${quote(`m ${r.id}`)}`);
        // an Ollama that is stopped has its models all the same
        const { ask, name } = tagsOf(at);
        return `${ask}\nif [ -n "$${name}" ]; then printf '%s\\n' "$${name}"; else ${onDisk.join('; ')}; true; fi`;
      })
      .join('\n'),
  read(section) {
    const seen = new Map<string, true>();
    for (const line of section.split('\n')) {
      if (line.startsWith('m ')) seen.set(line.slice(2), true);
      if (!line.startsWith('{')) continue;
      for (const { name } of (JSON.parse(line) as { models?: { name: string }[] }).models ?? [])
        seen.set(name, true);
    }
    return seen;
  },
  diff: (resource, seen) =>
    seen
      ? undefined
      : { resource, action: 'create', title: `model ${resource.id}`, reasons: ['is not pulled'] },
  apply({ resource: { id, spec }, action }) {
    const api = `http://${spec.at}/api`;
    if (action === 'remove')
      return `curl -sSf --max-time 60 -X DELETE ${api}/delete -d ${quote(JSON.stringify({ model: id }))}`;
    const from = spec.from ? new URL(spec.from) : undefined;
    const source = from ? `${from.host}/library/${id}` : id;
    const pull = JSON.stringify({ model: source, ...(from?.protocol === 'http:' ? { insecure: true } : {}) });
    const lines = [
      `last=$(curl -sSN --max-time 86400 ${api}/pull -d ${quote(pull)} | { while IFS= read -r line; do progress "$line"; last=$line; done; printf %s "$last"; })`,
      // an error comes under HTTP 200, a cut ends in a progress line (docs/traps.md, ollama)
      `case "$last" in *'"status":"success"'*) ;; *) echo "the pull of ${id} ended with: $last"; exit 1 ;; esac`,
    ];
    if (from) {
      lines.push(
        `curl -sSf --max-time 60 ${api}/copy -d ${quote(JSON.stringify({ source, destination: id }))}`,
        `curl -sSf --max-time 60 -X DELETE ${api}/delete -d ${quote(JSON.stringify({ model: source }))}`,
      );
    }
    return lines.join('\n');
  },
};

/** Where Ollama keeps a model's manifest, in the folder of our unit. */
function manifestOf(id: string): string {
  const [name = '', tag = ''] = [id.slice(0, id.lastIndexOf(':')), id.slice(id.lastIndexOf(':') + 1)];
  const parts = name.split('/').length;
  const path =
    parts === 1 ? `registry.ollama.ai/library/${name}` : parts === 2 ? `registry.ollama.ai/${name}` : name;
  return `/var/lib/ollama/models/manifests/${path}/${tag}`;
}
