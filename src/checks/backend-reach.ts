// Host check `backend-reach`: the gateway host itself reaches every backend, also those that are in no group.
import { VERSION } from '../services/ollama.js';
import type { Backend, GatewayHost } from '../stack/stack.js';
import type { HostCheck, Result } from './check.js';
import { curls, readCurls } from './curl.js';

export const backendReach: HostCheck<GatewayHost> = {
  id: 'backend-reach',
  title: 'The gateway reaches every backend',
  role: 'gateway',
  hint: 'ssh HOST curl -v BACKEND/api/version',
  script: ({ backends }) =>
    curls(backends.map((b) => [{ id: b.name, url: `${b.url}${VERSION.path}`, seconds: 10 }])),
  judge(output, { backends }) {
    const answers = readCurls(output);
    return backends.map((backend): Result => {
      const { name, url } = backend;
      const answer = answers.get(name);
      const { version } = (answer?.json ?? {}) as { version?: string };
      const rest = { subject: name, data: { url, version, ms: answer?.ms } };
      if (answer?.status === 200 && version)
        return { ...rest, status: 'pass', message: `${url} is Ollama ${version}, ${answer.ms} ms` };
      const why =
        answer?.failed ?? (answer ? `it answers ${answer.status}, which is no Ollama` : 'it was not asked');
      return {
        ...rest,
        status: 'fail',
        message: `${url}: ${why}`,
        blames: [name],
        hint: hintFor(backend, why),
      };
    });
  },
};

function hintFor({ host, url, address }: Backend, why: string): string {
  if (why.includes('name is not found'))
    return `give HOST the name (getent hosts ${address}), or write an address into litellm_backends`;
  if (why.includes('refuses') && host)
    return `hxllm verify --limit ${host}; then: hxllm deploy --limit ${host}`;
  if (why.includes('refuses'))
    return `is Ollama running there, with OLLAMA_HOST=0.0.0.0? ssh HOST curl -v ${url}/api/version`;
  return `a firewall or a wrong network? ssh HOST curl -v ${url}/api/version`;
}
