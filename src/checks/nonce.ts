// A word that only a model that really ran can give back.
import { randomInt } from 'node:crypto';
import type { Result } from './check.js';

/** The whole message, so that a model that echoes gives back exactly it. No digit comes twice: a small model loses its place. */
export function nonce(): string {
  const digits = [...'0123456789abcdef'];
  const drawn = Array.from({ length: 10 }, () => digits.splice(randomInt(digits.length), 1));
  return `hxllm-${drawn.join('')}`;
}

export interface Said {
  text: string;
  /** What a thinking model wrote before its answer. */
  thinking: string;
  ms: number;
}

/**
 * A model that does not follow instructions is still a model that answers: only nothing at all is a failure.
 * `data.echoed` says whether the word came back exactly.
 */
export function judgeAnswer(asked: string, { text, thinking, ms }: Said, data: object = {}): Result {
  const answer = text.trim();
  const echoed = answer === asked;
  const rest = { data: { ...data, ms, echoed, nonce: asked, answer: answer.slice(0, 200) } };
  if (echoed) return { ...rest, status: 'pass', message: `gave the nonce back in ${ms} ms` };
  if (answer.includes(asked))
    return { ...rest, status: 'pass', message: `answered with the nonce in it, in ${ms} ms` };
  if (answer)
    return { ...rest, status: 'pass', message: `answered in ${ms} ms, not with the nonce: ${clip(answer)}` };
  if (thinking.trim())
    return { ...rest, status: 'pass', message: `thought for ${ms} ms and was cut before its answer` };
  return { ...rest, status: 'fail', message: `gave an empty answer after ${ms} ms` };
}

function clip(text: string): string {
  const line = text.replace(/\s+/g, ' ');
  return line.length > 60 ? `${line.slice(0, 59)}…` : line;
}
