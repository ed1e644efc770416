// The shared lab in a test file: as it was deployed when the file begins.
import { beforeAll, inject } from 'vitest';
import { type Lab, openLab } from '../../support/lab.js';

/** The deployed stack, put back to its first state before the file's tests. */
export function useDeployed(): () => Lab {
  let lab: Lab | undefined;
  beforeAll(async () => {
    lab = openLab(inject('lab'));
    await lab.reset('deployed');
  });
  return () => lab as Lab;
}
