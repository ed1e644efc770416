// Models that come to hosts and go from them: side by side, each host under its lock, with a record of it.
import { type HxError, together } from '../../errors.js';
import type { Change } from '../../resources/kind.js';
import type { ModelSpec } from '../../resources/model.js';
import type { Run } from '../../run.js';
import { ollamaAt } from '../../stack/places.js';
import { type Step, story } from '../../ui/listr.js';
import type { Fleet, FleetHost } from '../fleet.js';
import type { Outcome } from '../outcome.js';
import { applyAll } from '../roll-out.js';
import { backendOf } from './disks.js';
import { noRoom, roomScript } from './room.js';

export interface Wish {
  pull: string[];
  remove: string[];
}

/** Models by host. */
export type Wishes = ReadonlyMap<string, Wish>;

const from = (entry: FleetHost) => backendOf(entry)?.vars.ollama_pull_from as string | undefined;

/** Throws before anything is touched when one of them has no room for what is to come. */
export async function needRoom(fleet: Fleet, run: Run, wishes: Wishes): Promise<void> {
  const errors: HxError[] = [];
  const look = (entry: FleetHost): Step<object> => ({
    title: entry.name,
    run: async () => {
      const models = wishes.get(entry.name)?.pull ?? [];
      if (!entry.session) return;
      const { stdout } = await entry.session.run(roomScript(models, from(entry)), { signal: run.signal });
      const error = noRoom(entry.name, stdout);
      if (!error) return;
      errors.push(error);
      throw error;
    },
  });
  const pulling = fleet.hosts.filter(({ name }) => wishes.get(name)?.pull.length);
  if (pulling.length > 0)
    await story([{ title: 'Look whether they have room', each: () => pulling.map(look) }], {}, run);
  const error = together(errors);
  if (error) throw error;
}

/** Nothing is thrown for a host; what became of each is returned. */
export function changeModels(fleet: Fleet, run: Run, wishes: Wishes, reason: string): Promise<Outcome[]> {
  const looks = fleet.hosts
    .filter(({ session }) => session)
    .map((entry) => {
      const { pull, remove } = wishes.get(entry.name) ?? { pull: [], remove: [] };
      const changes = [
        ...pull.map((id) => change(entry, id, 'create')),
        ...remove.map((id) => change(entry, id, 'remove')),
      ];
      return { entry, plan: { host: entry.name, changes, refused: [], handlers: [] } };
    });
  const errors = fleet.hosts.flatMap((entry) => (entry.error ? [{ entry, error: entry.error }] : []));
  return applyAll({ fleet, looks, errors }, run, { skipUnreachable: true, reason: () => reason });
}

function change(entry: FleetHost, id: string, action: 'create' | 'remove'): Change {
  const backend = backendOf(entry);
  if (!backend) throw new Error(`${entry.name} is no backend`);
  const registry = from(entry);
  const spec: ModelSpec = { at: ollamaAt(backend), ...(registry ? { from: registry } : {}) };
  const title = action === 'remove' ? `remove model ${id}` : `model ${id}`;
  return { resource: { kind: 'model', id, spec }, action, title, reasons: [] };
}
