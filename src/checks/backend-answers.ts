// Host check `backend-answers`: past the balancer, every model on every backend really answers, asked by the gateway host.
import { chatRequest, embedRequest, readChat, readEmbed, readError } from '../services/ollama.js';
import type { Backend, GatewayHost, Model } from '../stack/stack.js';
import type { HostCheck, Result } from './check.js';
import { type Ask, type Asked, curls, readCurls } from './curl.js';
import { judgeAnswer, nonce } from './nonce.js';
import { patience } from './patience.js';
import { judgeVector } from './vector.js';

const NONCE = /^nonce (\S+)$/m;

const modelsOf = (gateway: GatewayHost, backend: Backend) =>
  gateway.models.filter((model) => model.backends.includes(backend.name));
const idOf = (model: Model, backend: Backend) => `${model.name} on ${backend.name}`;

export const backendAnswers: HostCheck<GatewayHost> = {
  id: 'backend-answers',
  title: 'Every model answers on every backend',
  role: 'gateway',
  hint: 'hxllm verify --only backend-reach --only backend-models',
  seconds: (gateway) =>
    patience(gateway) * Math.max(1, ...gateway.backends.map((b) => modelsOf(gateway, b).length)) + 10,
  script(gateway) {
    const word = nonce();
    const ask = (model: Model, backend: Backend): Ask => {
      const make = model.mode === 'embedding' ? embedRequest : chatRequest;
      const { path, body } = make(model.model, word);
      return { id: idOf(model, backend), url: `${backend.url}${path}`, body, seconds: patience(gateway) };
    };
    // one model after the other on each backend: two at once would push each other out of memory
    const lanes = gateway.backends.map((b) => modelsOf(gateway, b).map((model) => ask(model, b)));
    return `echo 'nonce ${word}'\n${curls(lanes.filter((lane) => lane.length > 0))}`;
  },
  judge(output, gateway) {
    const word = NONCE.exec(output)?.[1] ?? '';
    const answers = readCurls(output);
    return gateway.backends.flatMap((backend) =>
      modelsOf(gateway, backend).map((model): Result => {
        const subject = idOf(model, backend);
        const result = one(model, word, answers.get(subject));
        const hint = hintFor(backend, answers.get(subject)?.status);
        return { ...result, subject, ...(result.status === 'fail' ? { hint, blames: [backend.name] } : {}) };
      }),
    );
  },
};

/** 404: Ollama does not have it. 0: the way to it is what is asked first. */
function hintFor({ host, url }: Backend, status = 0): string {
  const log = `ssh ${host} sudo journalctl -u ollama -n 50`;
  if (status === 0)
    return `hxllm doctor --only backend-reach --limit HOST${host ? `; when that passes: ${log}` : ''}`;
  if (!host) return `ssh HOST curl ${url}/api/${status === 404 ? 'tags' : 'ps'}`;
  return status === 404 ? `hxllm deploy --limit ${host}` : log;
}

function one(model: Model, word: string, answer: Asked | undefined): Result {
  if (!answer || answer.failed) return { status: 'fail', message: answer?.failed ?? 'it was not asked' };
  if (answer.status !== 200) {
    const said = readError(answer.json) ?? answer.text.slice(0, 160);
    return { status: 'fail', message: `Ollama answers ${answer.status}: ${said}` };
  }
  if (model.mode === 'embedding') return judgeVector(readEmbed(answer.json), answer.ms);
  return judgeAnswer(word, { ...readChat(answer.json), ms: answer.ms });
}
