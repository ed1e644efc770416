// Host check `closed`: a web UI does not get to Ollama itself, past the keys and limits of the gateway.
import { VERSION } from '../services/ollama.js';
import type { Backend, Stack, WebuiHost } from '../stack/stack.js';
import { type HostCheck, type Result, verdict } from './check.js';
import { curls, readCurls } from './curl.js';

/** Backends whose filter leaves this host out. */
function guarded({ name }: WebuiHost, { backends, gateways }: Stack): Backend[] {
  const isIn = gateways.some((gateway) => gateway.name === name);
  const closed = backends.filter((b) => b.name !== name && b.openings.some((o) => o.of === 'ollama_port'));
  const used = gateways.flatMap((gateway) => gateway.backends);
  return isIn
    ? []
    : closed.flatMap((b) => used.find((one) => one.host === b.name && one.port === b.port) ?? []);
}

export const closed: HostCheck<WebuiHost> = {
  id: 'closed',
  title: 'The web UI does not get to Ollama past the gateway',
  role: 'webui',
  hint: 'hxllm verify --only filter; then: hxllm deploy',
  script: (host, stack) =>
    [
      curls(guarded(host, stack).map((b) => [{ id: b.name, url: `${b.url}${VERSION.path}`, seconds: 5 }])),
      'echo asked',
    ].join('\n'),
  judge(output, host, stack): Result | Result[] {
    const backends = guarded(host, stack);
    if (!/^asked$/m.test(output)) return { status: 'fail', message: 'nobody was asked' };
    if (backends.length === 0) return [];
    const answers = readCurls(output);
    if (answers.size < backends.length) return { status: 'fail', message: 'not every backend was asked' };
    const open = backends.filter(({ name }) => !answers.get(name)?.failed);
    const mayBe = open.filter(({ host: own }) => networksOf(stack, own).length > 0);
    const wrong = open.filter((b) => !mayBe.includes(b)).map(({ name, url }) => `${name} answers at ${url}`);
    if (wrong.length === 0 && mayBe.length > 0) {
      const names = mayBe.map(({ name }) => name).join(', ');
      return { status: 'skip', message: `ollama_allowed_networks may let it in to ${names}` };
    }
    return verdict(wrong, `${backends.map(({ name }) => name).join(', ')} refuse it`);
  },
};

function networksOf({ backends }: Stack, name: string | undefined): readonly string[] {
  const openings = backends.find((backend) => backend.name === name)?.openings ?? [];
  return openings.find(({ of }) => of === 'ollama_port')?.networks ?? [];
}
