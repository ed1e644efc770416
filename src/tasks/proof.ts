// The proofs in the middle of a change: what was started must do what clients will ask of it, before they meet it.
import { auth } from '../checks/auth.js';
import type { Access, StackCheck } from '../checks/check.js';
import { completions } from '../checks/completions.js';
import { embeddings } from '../checks/embeddings.js';
import { exposure } from '../checks/exposure.js';
import { modelList } from '../checks/model-list.js';
import { judgePieces, PROBE_CHECKS, piecesOf } from '../checks/pieces.js';
import { stream } from '../checks/stream.js';
import { probeScript, readFacts } from '../engine/facts.js';
import { HxError } from '../errors.js';
import type { Finding } from '../finding.js';
import type { Run } from '../run.js';
import { LITELLM_PORT, STANDBY_PORT } from '../stack/places.js';
import type { GatewayHost, Stack } from '../stack/stack.js';
import { addressOf } from './access.js';
import { checkStack } from './checking.js';
import type { FleetHost } from './fleet.js';

const RELEASE: readonly StackCheck[] = [auth, modelList, completions, embeddings, stream];

/** The proofs of one host's change, in the order in which the host asks for them. */
export class Proof {
  /** What failed before the change too: reported, but no reason to undo. */
  #dead: ReadonlySet<string> | undefined;

  constructor(
    private readonly entry: FleetHost,
    private readonly stack: Stack,
    private readonly run: Run,
  ) {}

  /** Throws HxError `check` with what failed. */
  async prove(name: string): Promise<void> {
    const gateway = this.entry.members.find((m): m is GatewayHost => m.role === 'gateway');
    if (name === 'host') {
      await this.#host();
      if (gateway) await this.#release(gateway, gateway.bindPort, [...RELEASE, exposure]);
    } else if (gateway)
      await this.#release(
        gateway,
        name === 'standby' ? STANDBY_PORT : LITELLM_PORT,
        RELEASE,
        name === 'standby',
      );
  }

  async #release(
    gateway: GatewayHost,
    port: number,
    checks: readonly StackCheck[],
    mayCompare = false,
  ): Promise<void> {
    const bad = await this.#failures(gateway, port, checks);
    if (bad.length > 0 && mayCompare) {
      const failed = checks.filter((check) => bad.some((f) => f.check === check.id));
      this.#dead = new Set((await this.#failures(gateway, gateway.bindPort, failed)).map(keyOf));
    }
    refuse(bad.filter((f) => !this.#dead?.has(keyOf(f))));
  }

  async #failures(gateway: GatewayHost, port: number, checks: readonly StackCheck[]): Promise<Finding[]> {
    const { session } = this.entry;
    if (!session) throw new Error('a proof without a session');
    const address = port === gateway.bindPort ? addressOf(gateway) : '127.0.0.1';
    const tunnel = await session.tunnel(address, port);
    try {
      const access: Access = {
        url: `http://127.0.0.1:${tunnel.port}`,
        through: 'tunnel',
        signal: this.run.signal,
        fetch,
      };
      const findings: Finding[] = [];
      for (const check of checks) findings.push(...(await checkStack(check, gateway, access)));
      return findings.filter((f) => f.status === 'fail');
    } finally {
      tunnel.close();
    }
  }

  async #host(): Promise<void> {
    const { session, name, members } = this.entry;
    const pieces = piecesOf(members, this.stack, PROBE_CHECKS).filter((p) => p.check.id !== 'models');
    const { stdout } = (await session?.run(probeScript([], pieces), { signal: this.run.signal })) ?? {
      stdout: '',
    };
    refuse(
      judgePieces(pieces, readFacts(name, stdout, []).extra, this.stack).filter((f) => f.status === 'fail'),
    );
  }
}

const keyOf = ({ check, subject }: Finding) => `${check} ${subject ?? ''}`;

function refuse(failed: readonly Finding[]): void {
  if (failed.length === 0) return;
  const lines = failed.map(
    ({ check, subject, message }) => `${check}: ${subject ? `${subject}: ` : ''}${message}`,
  );
  throw new HxError({ code: 'check', message: `the proof failed\n${lines.join('\n')}` });
}
