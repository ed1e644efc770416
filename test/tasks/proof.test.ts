// The proof of a standby: what failed is told, compared with what the running release does.
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Run } from '../../src/run.js';
import type { Session } from '../../src/ssh/types.js';
import { STANDBY_PORT } from '../../src/stack/places.js';
import { Proof } from '../../src/tasks/proof.js';
import { aGateway, aStack, KEY } from '../checks/members.js';
import { type FakeGateway, fakeGateway, json } from '../services/fake-gateway.js';

let standby: FakeGateway;
let running: FakeGateway;
beforeEach(async () => {
  [standby, running] = [await fakeGateway(KEY), await fakeGateway(KEY)];
});
afterEach(() => Promise.all([standby.close(), running.close()]));

/** A host whose ports lead to the two. */
function proof(): Proof {
  const tunnel = async (_: string, port: number) => ({
    port: Number(new URL((port === STANDBY_PORT ? standby : running).url).port),
    close() {},
  });
  const gateway = aGateway();
  const entry = { name: gateway.name, host: gateway.host, members: [gateway] };
  const session = { name: gateway.name, tunnel } as Partial<Session> as Session;
  const run = { signal: new AbortController().signal } as Partial<Run> as Run;
  return new Proof({ ...entry, session }, aStack(gateway), run);
}
const breakChat = (fake: FakeGateway) =>
  fake.on('/v1/chat/completions', (_, res) => json(res, 500, { error: { message: 'no runner' } }));

test('a standby that does all is good', async () => {
  await expect(proof().prove('standby')).resolves.toBeUndefined();
});

test('a model that is dead with the running release too is no reason to undo', async () => {
  breakChat(standby);
  breakChat(running);
  await expect(proof().prove('standby')).resolves.toBeUndefined();
});

test('a model that answers with the running release is one', async () => {
  breakChat(standby);
  await expect(proof().prove('standby')).rejects.toThrow(/the proof failed\ncompletions: .*no runner/);
});

test('when the running release cannot be asked, both are told', async () => {
  breakChat(standby);
  await running.close();
  await expect(proof().prove('standby')).rejects.toThrow(
    /completions: .*no runner[\s\S]*and it could not be compared with the running release: .*refuses the connection/,
  );
});
