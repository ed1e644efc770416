// Whether what is pulled has room on a backend's disk: what its registry says of its size, less what is there already.

import { bytes } from '../../bytes.js';
import { curls, readCurls } from '../../checks/curl.js';
import { HxError } from '../../errors.js';
import { manifestUrl, readManifest } from '../../services/ollama.js';
import { OLLAMA_UNIT } from '../../stack/places.js';

/** Prints the folder of its models, what is free there and what of blobs it has; and the manifests. */
export function roomScript(models: readonly string[], from: string | undefined): string {
  const asks = models.map((model) => [{ id: model, url: manifestUrl(model, from), seconds: 20 }]);
  return `environ=$(tr '\\0' '\\n' < /proc/$(systemctl show -P MainPID ${OLLAMA_UNIT})/environ 2>/dev/null)
said() { printf '%s\\n' "$environ" | sed -n "s/^$1=//p" | head -n 1; }
dir=$(said OLLAMA_MODELS); [ -n "$dir" ] || dir=$(said HOME)/.ollama/models
find "$dir/blobs" -maxdepth 1 -type f -printf '%f %b\\n' 2>/dev/null | sed 's/^/@blob /'
while [ ! -d "$dir" ]; do dir=$(dirname "$dir"); done
echo "@free $(df --output=avail -B1 "$dir" | tail -n 1) $dir"
${curls(asks)}`;
}

/** Why they have no room; undefined when they have, and when no registry says how large they are: Ollama then tells. */
export function noRoom(where: string, output: string): HxError | undefined {
  const [, free, folder] = /^@free +(\d+) (.*)$/m.exec(output) ?? [];
  if (free === undefined) return undefined;
  const has = new Map<string, number>();
  for (const [, file, blocks] of output.matchAll(/^@blob (\S+) (\d+)$/gm)) {
    const [, digest, part] = /^sha256-([0-9a-f]{64})(-partial)?$/.exec(file as string) ?? [];
    if (digest) has.set(digest, part ? Number(blocks) * 512 : Number.POSITIVE_INFINITY);
  }
  const blobs = new Map<string, number>();
  for (const [model, { status, json }] of readCurls(output)) {
    if (status === 200 && model) for (const [digest, size] of sizes(json)) blobs.set(digest, size);
  }
  let needs = 0;
  for (const [digest, size] of blobs)
    needs += Math.max(0, size - (has.get(digest.replace(/^sha256:/, '')) ?? 0));
  if (needs <= Number(free)) return undefined;
  return new HxError({
    code: 'host-failed',
    where,
    message: `no room in ${folder}: ${bytes(needs)} are to come, ${bytes(Number(free))} are free; nothing was pulled`,
    hint: `hxllm models list --limit ${where}; what nobody needs any more goes with hxllm models remove`,
  });
}

function sizes(json: unknown): Map<string, number> {
  try {
    return readManifest(json);
  } catch {
    return new Map(); // a registry of another kind
  }
}
