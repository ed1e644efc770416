// Host check `backend-models`: seen from the gateway, every backend has its models, and a model is the same on all of them.
import { readTags, TAGS } from '../services/ollama.js';
import { fullName } from '../stack/models.js';
import type { GatewayHost, Model } from '../stack/stack.js';
import type { HostCheck, Result } from './check.js';
import { curls, readCurls } from './curl.js';

export const backendModels: HostCheck<GatewayHost> = {
  id: 'backend-models',
  title: 'A model is there and the same on all its backends',
  role: 'gateway',
  hint: 'hxllm deploy',
  script: ({ backends }) =>
    curls(backends.map((b) => [{ id: b.name, url: `${b.url}${TAGS.path}`, seconds: 10 }])),
  judge(output, gateway) {
    const answers = readCurls(output);
    const tags = new Map<string, Map<string, string>>();
    for (const [name, answer] of answers) if (answer.status === 200) tags.set(name, readTags(answer.json));
    return gateway.models.filter((m) => m.backends.length > 0).map((model) => one(model, gateway, tags));
  },
};

function one(model: Model, { backends }: GatewayHost, tags: Map<string, Map<string, string>>): Result {
  const name = fullName(model.model);
  const digests = new Map(model.backends.map((backend) => [backend, tags.get(backend)?.get(name)]));
  const rest = { subject: model.name, data: { digests: Object.fromEntries(digests) } };
  const silent = model.backends.filter((backend) => !tags.has(backend));
  const missing = model.backends.filter((backend) => tags.has(backend) && !digests.get(backend));
  const wrong = [
    ...silent.map((backend) => `${backend} gives no list of models`),
    ...missing.map((backend) => `${name} is missing on ${backend}`),
  ];
  const target = backends.find((b) => b.name === missing[0]);
  if (wrong.length > 0) {
    const pull = `curl ${target?.url}/api/pull -d '{"model": "${name}"}'`;
    const hint = !target
      ? 'hxllm doctor --only backend-reach --limit HOST'
      : target.host
        ? `hxllm deploy --limit ${target.host}`
        : `ssh HOST "${pull.replaceAll('"', '\\"')}"`;
    return { ...rest, status: 'fail', message: wrong.join('; '), hint, blames: [...silent, ...missing] };
  }
  const different = new Set(digests.values());
  if (different.size > 1) {
    const list = [...digests].map(([backend, digest]) => `${backend} ${digest?.slice(0, 12)}`).join(', ');
    const old = [...digests.keys()].join(', ');
    const hint = backends.every((b) => b.host || !digests.has(b.name))
      ? 'hxllm models sync makes it the same'
      : `pull it anew where it is old (${old}): curl BACKEND/api/pull -d '{"model": "${name}"}'`;
    return { ...rest, status: 'fail', message: `${name} differs between backends: ${list}`, hint };
  }
  const [digest] = different;
  return {
    ...rest,
    status: 'pass',
    message: `${name} ${digest?.slice(0, 12)} on ${[...digests.keys()].join(', ')}`,
  };
}
