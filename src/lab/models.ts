// The models that the lab's registry offers, and the files it serves for them. One more model is one more line.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, renameSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { echoModel } from './echo-model.js';

export interface LabModel {
  /** As Ollama knows it: `phi3:3.8b`. */
  name: string;
  mode: 'chat' | 'embedding';
  /** Zeros after the weights: another digest, or a size that takes time to pull. */
  padding: number;
  /** In the inventory that the lab writes; the others are there to be pulled by tests. */
  deployed: boolean;
}

const KIB = 1024;
const MIB = 1024 * KIB;

export const MODELS: readonly LabModel[] = [
  { name: 'phi3:3.8b', mode: 'chat', padding: 0, deployed: true },
  { name: 'qwen3:0.6b', mode: 'chat', padding: KIB, deployed: false },
  { name: 'nomic-embed-text:latest', mode: 'embedding', padding: 0, deployed: false },
  { name: 'large:64m', mode: 'chat', padding: 62 * MIB, deployed: false },
];

/** What clients ask the gateway for: `phi3:3.8b` → `phi3-3.8b`. */
export const publicName = (name: string) => name.replace(/:latest$/, '').replaceAll(':', '-');

/** Only the last message is shown to the model, so a web UI's system prompt and history do not disturb the echo. */
const TEMPLATE =
  '{{- range $i, $_ := .Messages }}{{ if eq (len (slice $.Messages $i)) 1 }}<|user|>{{ .Content }}<|end|><|assistant|>{{ end }}{{ end }}';
/** Threads of so small a model wait for each other, and that takes three times as much of the processor. */
const PARAMS = { temperature: 0, num_predict: 256, num_thread: 1 };

interface Layer {
  mediaType: string;
  digest: string;
  size: number;
}

function blob(folder: string, mediaType: string, data: Buffer, padding = 0): Layer {
  const digest = `sha256:${createHash('sha256').update(data).update(Buffer.alloc(padding)).digest('hex')}`;
  const file = join(folder, 'blobs', digest);
  const size = data.length + padding;
  if (!existsSync(file)) {
    writeFileSync(`${file}.new`, data);
    truncateSync(`${file}.new`, size); // zeros that take no room on the disk
    renameSync(`${file}.new`, file);
  }
  return { mediaType, digest, size };
}

function writeModel(folder: string, model: LabModel): void {
  const [name, tag] = model.name.split(':') as [string, string];
  const ollama = (part: string) => `application/vnd.ollama.image.${part}`;
  const layers = [blob(folder, ollama('model'), echoModel(model.mode), model.padding)];
  if (model.mode === 'chat') {
    layers.push(blob(folder, ollama('template'), Buffer.from(TEMPLATE)));
    layers.push(blob(folder, ollama('params'), Buffer.from(JSON.stringify(PARAMS))));
  }
  const config = {
    ...{
      model_format: 'gguf',
      model_family: 'llama',
      model_families: ['llama'],
      model_type: '729K',
      file_type: 'F16',
    },
    ...{
      architecture: 'amd64',
      os: 'linux',
      rootfs: { type: 'layers', diff_ids: layers.map((layer) => layer.digest) },
    },
  };
  const manifest = {
    schemaVersion: 2,
    mediaType: 'application/vnd.docker.distribution.manifest.v2+json',
    config: blob(
      folder,
      'application/vnd.docker.container.image.v1+json',
      Buffer.from(JSON.stringify(config)),
    ),
    layers,
  };
  const place = join(folder, 'manifests', 'library', name);
  mkdirSync(place, { recursive: true });
  writeFileSync(join(place, tag), JSON.stringify(manifest));
}

/** Writes what `registry.ts` serves; models that are there stay as they are. */
export function writeModels(folder: string): void {
  mkdirSync(join(folder, 'blobs'), { recursive: true });
  for (const model of MODELS) {
    const [name, tag] = model.name.split(':') as [string, string];
    if (!existsSync(join(folder, 'manifests', 'library', name, tag))) writeModel(folder, model);
  }
}
