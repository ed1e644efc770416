// Loads a package in the moment in which it is first needed. Unlike import() nobody has to wait, so what is pure stays so.
import { createRequire } from 'node:module';

export const load: <T>(name: string) => T = createRequire(import.meta.url);
