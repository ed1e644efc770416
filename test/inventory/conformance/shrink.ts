// Makes a case small while the two readers go on to disagree about it: fewer files, fewer lines, fewer patterns.
import type { Case } from './case.js';

const TRIES = 500;

export async function shrink(given: Case, disagrees: (smaller: Case) => Promise<boolean>): Promise<Case> {
  let best = given;
  let tries = 0;
  const attempt = async (smaller: Case): Promise<boolean> => {
    if (tries++ > TRIES || !(await disagrees(smaller))) return false;
    best = smaller;
    return true;
  };
  await attempt({ ...best, patterns: [] });
  for (let before = ''; before !== JSON.stringify(best); ) {
    before = JSON.stringify(best);
    for (const pattern of best.patterns)
      await attempt({ ...best, patterns: best.patterns.filter((other) => other !== pattern) });
    for (const name of names(best)) {
      const { [name]: _, ...others } = best.files;
      await attempt({ ...best, files: others });
    }
    for (const name of names(best))
      for (let size = Math.ceil(lines(best, name).length / 2); size > 0; size = Math.floor(size / 2))
        for (let at = 0; at < lines(best, name).length; ) {
          const text = lines(best, name).toSpliced(at, size).join('');
          const smaller = text !== best.files[name] && { ...best, files: { ...best.files, [name]: text } };
          if (!smaller || !(await attempt(smaller))) at += size;
        }
  }
  return best;
}

/** Passwords are no part of what is read. */
const names = ({ files, passwords }: Case): string[] =>
  Object.keys(files).filter((name) => !passwords.some(([, file]) => file === name));
const lines = (given: Case, name: string): string[] => given.files[name]!.split(/(?<=\n)/);
