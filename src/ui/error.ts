// How an error leaves the process: masked, as JSON, and with its exit code. oclif prints the text form itself.
import { EXIT, HxError } from '../errors.js';
import type { Masker } from '../secret.js';

interface Pretty {
  code?: string;
  suggestions?: string[];
  exitCode?: number;
  oclif?: { exit?: number };
}

/** Blanks every secret out of an error and its causes, in place. */
export function maskError(error: Error & Pretty, masker: Masker): void {
  error.message = masker.mask(error.message);
  if (error.stack) error.stack = masker.mask(error.stack);
  if (error.suggestions)
    error.suggestions.splice(0, Infinity, ...error.suggestions.map((s) => masker.mask(s)));
  if (error.cause instanceof Error) maskError(error.cause, masker);
}

/** oclif prints `name` and `bang` as it finds them: ours look like its own. */
export function dressError(error: Error): void {
  if (error instanceof HxError) Object.assign(error, { name: 'Error', bang: '›' });
  if (error.cause instanceof Error) dressError(error.cause);
}

export function exitOf(error: Error & Pretty): number {
  return error.exitCode ?? error.oclif?.exit ?? EXIT.failed;
}

export interface ErrorJson {
  code: string;
  message: string;
  where?: string;
  hints?: string[];
  cause?: ErrorJson;
}

/** The stable shape of an error in --json. What oclif's parser throws is `usage`; what nobody foresaw is `unexpected`. */
export function errorJson(error: Error & Pretty): ErrorJson {
  const fallback = error.oclif?.exit === EXIT.usage ? 'usage' : 'unexpected';
  return {
    code: error.code ?? fallback,
    message: error.message,
    ...(error instanceof HxError && error.where ? { where: error.where } : {}),
    ...(error.suggestions?.length ? { hints: error.suggestions } : {}),
    ...(error.cause instanceof Error ? { cause: errorJson(error.cause) } : {}),
  };
}
