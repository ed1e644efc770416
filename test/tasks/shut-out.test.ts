// A gateway that comes from another address than its host says: found when a filter refuses it, and only then.
import { execFile } from 'node:child_process';
import { type AddressInfo, createServer } from 'node:net';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import type { Session } from '../../src/ssh/types.js';
import type { Member } from '../../src/stack/stack.js';
import type { FleetHost } from '../../src/tasks/fleet.js';
import { shutOut } from '../../src/tasks/shut-out.js';
import { aBackend, aBackendHost, aGateway } from '../checks/members.js';

const { signal } = new AbortController();
const scripts: string[] = [];

function host(member: Member, stdout: string | undefined): FleetHost {
  const run = async (script: string) => {
    scripts.push(script);
    return { code: 0, stdout: stdout ?? '', stderr: '' };
  };
  const session = { name: member.name, run } as unknown as Session;
  return {
    name: member.name,
    host: member.host,
    members: [member],
    ...(stdout === undefined ? {} : { session }),
  };
}

const COUNTED = (packets: number) =>
  `table inet hxllm {\n\tchain port_11434 {\n\t\tmeta l4proto 6 counter packets ${packets} bytes 60 reject with tcp reset\n\t}\n}\n`;

it.each([
  ['is refused, and the filter has refused somebody', 'refused 10.0.0.21\n', 1, ['gw.lan']],
  ['is refused, but not by the filter: nobody listens there', 'refused 10.0.0.21\n', 0, []],
  ['gets in', '', 7, []],
  ['is not reached', undefined, 1, []],
])('a gateway that %s', async (_, answer, packets, expected) => {
  const backend = host(aBackendHost(), COUNTED(packets));
  expect(await shutOut(backend, [host(aGateway(), answer), backend], signal)).toEqual(expected);
});

it('one that does not use the backend is not asked', async () => {
  scripts.length = 0;
  const other = aGateway({ backends: [aBackend('llm2')] });
  expect(await shutOut(host(aBackendHost(), COUNTED(1)), [host(other, '')], signal)).toEqual([]);
  expect(scripts).toEqual([]);
});

it('a refused connection is told by sh, one that is let in is not', async () => {
  const server = createServer((socket) => socket.destroy());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const refusedAt = async (at: number) => {
    scripts.length = 0;
    const gateway = aGateway({ backends: [aBackend('llm1', { address: '127.0.0.1', port: at })] });
    await shutOut(host(aBackendHost(), ''), [host(gateway, '')], signal);
    return (await promisify(execFile)('sh', ['-c', scripts[0] ?? ''])).stdout;
  };
  expect(await refusedAt(port)).toBe('');
  await new Promise((resolve) => server.close(resolve));
  expect(await refusedAt(port)).toBe('refused 127.0.0.1\n');
});
