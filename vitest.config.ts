import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['{shared,sync,edge-agent,core,electron-app,test}/**/*.test.ts'],
    exclude: ['**/node_modules/**'],
    // Vitest would leave one processor idle; most tests wait for a disk or another process now and then.
    maxWorkers: availableParallelism(),
    // Real files, sockets and a browser: slower than pure functions, never minutes.
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
});
