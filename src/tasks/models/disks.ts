// What each backend has on disk and in memory, asked on the host itself; what the gateways offer of it.
import { curls, readCurls } from '../../checks/curl.js';
import { HxError, messageOf } from '../../errors.js';
import { mapLimit } from '../../retry.js';
import type { Run } from '../../run.js';
import { type OllamaModel, PS, readModels, TAGS } from '../../services/ollama.js';
import { fullName } from '../../stack/models.js';
import { LITELLM_ROOT, ollamaAt } from '../../stack/places.js';
import type { BackendHost, Stack } from '../../stack/stack.js';
import { type Step, story } from '../../ui/listr.js';
import { parseYaml } from '../../yaml.js';
import { connectAll, type Fleet, type FleetHost } from '../fleet.js';

export interface Disk {
  host: string;
  models: OllamaModel[];
  /** Names of those in memory. */
  loaded: string[];
}

/** A gateway's running configuration: what clients ask for, and the backends' name for it. */
export interface Offer {
  gateway: string;
  models: { name: string; model: string }[];
}

export interface Asked {
  disks: Disk[];
  offers: Offer[];
  errors: HxError[];
}

export const backendOf = ({ members }: FleetHost): BackendHost | undefined =>
  members.find((member): member is BackendHost => member.role === 'backend');

/** Hosts that are not reached, or whose Ollama gives no list, are among the errors. `open`: those that are connected. */
export async function askModels(fleets: readonly Fleet[], run: Run, open: FleetHost[] = []): Promise<Asked> {
  const asked: Asked = { disks: [], offers: [], errors: [] };
  const connected = Promise.all(fleets.map((fleet) => connectAll(fleet, run)));
  const step = (entry: FleetHost): Step<object> => ({
    title: entry.name,
    run: async () => {
      await connected;
      try {
        await ask(entry, run, asked);
      } catch (error) {
        run.signal.throwIfAborted();
        const why = error instanceof HxError ? error : failed(entry.name, messageOf(error));
        asked.errors.push(why);
        throw why;
      }
    },
  });
  const hosts = [...fleets.flatMap((fleet) => fleet.hosts), ...open];
  await story([{ title: 'Ask the hosts', each: () => hosts.map(step) }], {}, run);
  const order = (host: string) => hosts.findIndex(({ name }) => name === host);
  asked.disks.sort((a, b) => order(a.host) - order(b.host));
  return asked;
}

async function ask(entry: FleetHost, run: Run, asked: Asked): Promise<void> {
  const { name, members, session, error } = entry;
  if (!session) throw error ?? failed(name, 'no connection');
  await mapLimit(members, 1, async (member) => {
    if (member.role === 'gateway') {
      const { stdout } = await session.run(`cat ${LITELLM_ROOT}/current/config.yaml 2>/dev/null; true`, {
        signal: run.signal,
      });
      asked.offers.push({ gateway: name, models: offered(stdout) });
    }
    if (member.role !== 'backend') return;
    const at = (path: string) => [{ id: path, url: `http://${ollamaAt(member)}${path}`, seconds: 10 }];
    const answers = readCurls(
      (await session.run(curls([at(TAGS.path), at(PS.path)]), { signal: run.signal })).stdout,
    );
    const list = (path: string) => {
      const answer = answers.get(path);
      if (answer?.status !== 200)
        throw failed(name, `Ollama: ${answer?.failed ?? `${path} answers ${answer?.status}`}`);
      return readModels(answer.json);
    };
    const models = list(TAGS.path).sort((a, b) => a.name.localeCompare(b.name));
    asked.disks.push({ host: name, models, loaded: list(PS.path).map((one) => one.name) });
  });
}

function failed(where: string, message: string): HxError {
  return new HxError({ code: 'host-failed', where, message, hint: `hxllm logs --limit ${where}` });
}

/** Of LiteLLM's configuration those that an Ollama has to give. */
export function offered(config: string): Offer['models'] {
  if (config.trim() === '') return [];
  const { value } = parseYaml(config, 'config.yaml') as {
    value?: { model_list?: { model_name: string; litellm_params?: { model?: string } }[] };
  };
  return (value?.model_list ?? []).flatMap(({ model_name: name, litellm_params }) => {
    const [, model] = /^ollama(?:_chat)?\/(.+)$/.exec(String(litellm_params?.model ?? '')) ?? [];
    return model ? [{ name: String(name), model: fullName(model) }] : [];
  });
}

/** Under which names clients get this model from this host now. A gateway counts when the inventory lets it use the host. */
export function offersOf(stack: Stack, offers: readonly Offer[], host: string, model: string): string[] {
  const names = offers.flatMap(({ gateway, models }) => {
    const own = stack.gateways.find(({ name }) => name === gateway);
    const uses = own?.backends.find((backend) => backend.host === host);
    return uses ? models.filter((one) => one.model === model).map(({ name }) => name) : [];
  });
  return [...new Set(names)].sort();
}
