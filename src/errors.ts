// Errors as data: what is wrong, where, and what mends it. Thrown once, printed once (by the base command).

/** The exit codes, a contract. */
export const EXIT = {
  done: 0,
  failed: 1,
  usage: 2,
  pending: 3,
  unreached: 4,
  locked: 5,
  undone: 6,
  interrupted: 130,
} as const;
export type Exit = (typeof EXIT)[keyof typeof EXIT];

/** Each error code has one exit code, so that a caller never has to choose. */
const EXIT_OF = {
  usage: EXIT.usage,
  config: EXIT.usage,
  inventory: EXIT.usage,
  variable: EXIT.usage,
  vault: EXIT.usage,
  limit: EXIT.usage,
  'no-terminal': EXIT.usage,
  'host-failed': EXIT.failed,
  sudo: EXIT.failed,
  lab: EXIT.failed,
  check: EXIT.failed,
  service: EXIT.failed,
  unreachable: EXIT.unreached,
  authentication: EXIT.unreached,
  'host-key': EXIT.unreached,
  'connection-lost': EXIT.unreached,
  locked: EXIT.locked,
  undone: EXIT.undone,
  interrupted: EXIT.interrupted,
} as const;
export type ErrorCode = keyof typeof EXIT_OF;

export interface ErrorSpec {
  code: ErrorCode;
  /** One sentence: the thing that is wrong, by name. */
  message: string;
  /** `file:line`, a host name, or `host: /path`. */
  where?: string | undefined;
  /** What mends it, best as a command to paste. */
  hint?: string | string[] | undefined;
  cause?: unknown;
}

/** The one error class. oclif prints `message`, `code` and `suggestions`, and exits with `oclif.exit`. */
export class HxError extends Error {
  readonly code: ErrorCode;
  readonly where: string | undefined;
  readonly suggestions: string[];
  readonly exitCode: Exit;
  readonly oclif: { exit: Exit };

  constructor(spec: ErrorSpec) {
    super(spec.where ? `${spec.where}: ${spec.message}` : spec.message, { cause: spec.cause });
    this.name = 'HxError';
    this.code = spec.code;
    this.where = spec.where;
    this.suggestions = spec.hint === undefined ? [] : [spec.hint].flat();
    this.exitCode = EXIT_OF[spec.code];
    this.oclif = { exit: this.exitCode };
  }
}

/** Of several exit codes the one that a run ends with: the first of 130, 2, 5, 1, 6, 4, 3, else 0. */
export function worstExit(codes: Iterable<number>): Exit {
  const seen = new Set(codes);
  for (const code of [130, 2, 5, 1, 6, 4, 3] as const) if (seen.has(code)) return code;
  return EXIT.done;
}

/**
 * Several hosts' errors as one: what each says, every hint once, and the code of the worst. undefined when there is none.
 * Of several hosts it cannot be said that nothing was changed: `undone` on one of them is `host-failed`.
 */
export function together(errors: readonly HxError[], more: { message?: string; hint?: string } = {}) {
  const exit = worstExit(errors.map((e) => e.exitCode));
  const worst = errors.find((e) => e.exitCode === exit);
  if (!worst) return undefined;
  return new HxError({
    code: worst.code === 'undone' ? 'host-failed' : worst.code,
    message: [...errors.map((e) => e.message), ...(more.message ? [more.message] : [])].join('\n'),
    hint: [...(more.hint ? [more.hint] : []), ...new Set(errors.flatMap((e) => e.suggestions))],
    cause: worst.cause,
  });
}

/** The text of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
