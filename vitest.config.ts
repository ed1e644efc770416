// Projects: `unit` runs side by side and touches nothing; `e2e` and `bench` run on real hosts, one file at a time.
import { existsSync } from 'node:fs';
import { defineConfig } from 'vitest/config';

const packages = './test/support/packages.ts';
/** Where tests write: one folder, gone with the run. */
const scratch = './test/support/scratch.ts';
/** Made by the end-to-end tests' own setup: the lab that they share. */
const hosts = './test/e2e/support/setup.ts';

const onHosts = {
  fileParallelism: false,
  testTimeout: 300_000,
  hookTimeout: 600_000,
};

export default defineConfig({
  test: {
    disableConsoleIntercept: true,
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          testTimeout: 20_000,
          maxWorkers: 2, // they wait as much as they work
          globalSetup: [scratch, packages],
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.e2e.ts'],
          ...onHosts,
          globalSetup: existsSync(hosts) ? [scratch, packages, hosts] : [scratch, packages],
        },
      },
      {
        test: {
          name: 'bench',
          include: ['bench/**/*.bench.ts'],
          ...onHosts,
          globalSetup: [scratch, packages], // a lab of its own each: nothing else may run while it measures
        },
      },
    ],
  },
});
