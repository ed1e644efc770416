// Kind `port` with real listeners of this machine.
import { createServer, type Server } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Resource } from '../../src/resources/kind.js';
import type { PortSpec } from '../../src/resources/port.js';
import { Host } from './host.js';

let host: Host;
let taken: Server;
beforeAll(async () => {
  host = await Host.start();
  taken = createServer();
  await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
});
afterAll(async () => {
  taken.close();
  await host.stop();
});

const numberOf = (server: Server) => (server.address() as { port: number }).port;
const port = (number: number, address = '0.0.0.0', like = 'nobody'): Resource<PortSpec> => ({
  kind: 'port',
  id: String(number),
  spec: {
    address,
    unit: 'haproxy.service',
    like,
    takeOver: (holder) => ({
      reason: `${holder} gives way`,
      handlers: [{ id: 'take', order: 5, script: 'true' }],
    }),
    hint: 'stop it',
  },
});

it('nobody has it: nothing to do', async () => {
  const free = createServer();
  await new Promise<void>((resolve) => free.listen(0, '127.0.0.1', resolve));
  const number = numberOf(free);
  await new Promise((resolve) => free.close(resolve));
  expect(await host.plan([port(number)])).toMatchObject({ changes: [], refused: [] });
});

it('somebody else has it: refused with the name', async () => {
  const number = numberOf(taken);
  const { refused } = await host.plan([port(number)]);
  expect(refused).toEqual([
    {
      message: expect.stringMatching(
        new RegExp(`^port ${number}, which haproxy.service needs, belongs to .+$`),
      ),
      hint: 'stop it',
    },
  ]);
});

it('on another address it is free', async () => {
  expect((await host.plan([port(numberOf(taken), '127.0.0.2')])).changes).toEqual([]);
});
