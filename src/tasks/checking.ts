// Runs checks: all of a host in one script, those of a gateway one after the other. Nothing is thrown for a check.

import { baseUrl } from '../checks/base-url.js';
import type { Access, HostCheck, StackCheck } from '../checks/check.js';
import { findingsOf, judgePieces, piecesOf, secondsOf } from '../checks/pieces.js';
import { probeScript, readFacts } from '../engine/facts.js';
import { EXIT, HxError, messageOf } from '../errors.js';
import type { Finding } from '../finding.js';
import type { Run } from '../run.js';
import { Recorder } from '../services/recorder.js';
import type { GatewayHost, Stack } from '../stack/stack.js';
import { fetchOf, openAccess } from './access.js';
import type { Evidence } from './evidence.js';
import type { FleetHost } from './fleet.js';

export type Asking = Pick<Run, 'signal' | 'trace'> & {
  evidence?: Evidence | undefined;
  /** Clients of web UIs through which a chat has just been made. */
  asked?: readonly string[];
};

/** On top of what the pieces take, for a busy host. */
const SLACK_S = 15;

export async function checkHost(
  { name, members, session, error }: FleetHost,
  stack: Stack,
  checks: readonly HostCheck[],
  { signal, evidence }: Asking,
): Promise<Finding[]> {
  const pieces = piecesOf(members, stack, checks);
  if (pieces.length === 0) return [];
  if (!session) return [notReached(name, error)];
  const at = new Date();
  try {
    const timeoutMs = (secondsOf(pieces) + SLACK_S) * 1000;
    const { stdout } = await session.run(probeScript([], pieces), { signal, timeoutMs });
    const { extra } = readFacts(name, stdout, []);
    for (const piece of pieces) await evidence?.host(name, piece, extra.get(piece.name) ?? '', at);
    return judgePieces(pieces, extra, stack);
  } catch (thrown) {
    signal.throwIfAborted();
    return [notReached(name, thrown)];
  }
}

export async function checkGateway(
  gateway: GatewayHost,
  { session, error }: Pick<FleetHost, 'session' | 'error'>,
  stack: Stack,
  checks: readonly StackCheck[],
  asking: Asking & { say: (text: string) => void },
): Promise<Finding[]> {
  if (checks.length === 0) return [];
  const { signal, evidence, trace, say, asked = [] } = asking;
  const recorder = evidence || trace ? new Recorder(fetchOf(gateway)) : undefined;
  const opened = await openAccess(gateway, stack, session, { signal, recorder });
  const run = async (script: string) => (await session?.run(script, { signal }))?.stdout ?? '';
  const access = { ...opened, asked, run };
  try {
    if (access.through === 'tunnel' && access.why) say(`${access.why}: going through SSH`);
    await recorder?.take();
    // the host is away: that nothing answers is the same fact once more
    if (access.through === 'nothing' && !session)
      return [
        {
          ...notReached(gateway.name, error),
          check: baseUrl.id,
          title: baseUrl.title,
          message: access.why ?? '',
        },
      ];
    const findings: Finding[] = [];
    for (const check of checks) {
      if (access.through !== 'nothing') say(check.title);
      findings.push(...(await checkStack(check, gateway, access)));
      const exchanges = (await recorder?.take()) ?? [];
      await evidence?.exchanges(gateway.name, check.id, exchanges);
      for (const { request, response, error, tookMs } of exchanges)
        trace?.(
          `${gateway.name} ${request.method} ${request.url} ${response?.status ?? error}, ${tookMs} ms`,
        );
    }
    return findings;
  } finally {
    access.close();
  }
}

export async function checkStack(
  check: StackCheck,
  gateway: GatewayHost,
  access: Access,
): Promise<Finding[]> {
  if (access.through === 'nothing' && check !== baseUrl)
    return findingsOf(check, gateway.name, { status: 'skip', message: 'the gateway does not answer' });
  try {
    return findingsOf(check, gateway.name, await check.run(gateway, access)).map(named);
  } catch (error) {
    access.signal.throwIfAborted();
    return findingsOf(check, gateway.name, { status: 'fail', message: messageOf(error) }).map(named);
  }
  /** A tunnel's end says nothing to a reader. */
  function named(finding: Finding): Finding {
    return { ...finding, message: finding.message.replaceAll(access.url, gateway.baseUrl) };
  }
}

/** A host that lets nobody in is not reached; one that does but refuses root has failed. */
export function notReached(host: string, error: unknown): Finding {
  const isAway = !(error instanceof HxError) || error.exitCode === EXIT.unreached;
  const hint = error instanceof HxError ? error.suggestions[0] : undefined;
  return {
    check: 'reach',
    title: 'The host is reached over SSH',
    host,
    status: isAway ? 'unreached' : 'fail',
    message: messageOf(error ?? 'there is no connection').replace(`${host}: `, ''),
    hint: hint ?? `ssh ${host}`,
  };
}
