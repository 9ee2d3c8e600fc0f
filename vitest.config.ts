import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { defineConfig } from 'vitest/config';

// What Node has compiled is kept for the programs that tests start: a program starts in half the time.
process.env.NODE_COMPILE_CACHE ??= join(tmpdir(), 'enroute-compile-cache');

const ALL = '{shared,sync,edge-agent,core,electron-app,test}/**/*.test.ts';
const NO_TESTS = '**/node_modules/**';

/** Each has a process of its own: they start others and kill them, load the machine, or measure their own memory. */
const APART = [
  'test/**/*.test.ts',
  '**/*.e2e.test.ts',
  '**/*{hostile,kill,until-killed,many-databases,differential}*.test.ts',
  'core/{gateway/uploads,pipeline,vault}/**/*.test.ts',
  'core/cli/start-commands.test.ts',
  'electron-app/build.test.ts',
  'shared/mosip/unzip.test.ts',
];

export default defineConfig({
  test: {
    // Vitest would leave one processor idle; most tests wait for a disk or another process now and then.
    maxWorkers: availableParallelism(),
    // Real files, sockets and a browser: slower than pure functions, never minutes.
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // What is waited for comes when the machine has time for it.
    expect: { poll: { timeout: 10_000 } },
    projects: [
      // In the order of their names: what takes long begins, and many short ones fill the end evenly.
      { extends: true, test: { name: 'apart', include: APART, exclude: [NO_TESTS] } },
      // One process after the other takes them all: loading the modules anew takes longer than most of these tests.
      { extends: true, test: { name: 'together', include: [ALL], exclude: [NO_TESTS, ...APART], isolate: false } },
    ],
  },
});
