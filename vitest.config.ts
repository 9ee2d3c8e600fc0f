import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['{shared,sync,edge-agent,core,electron-app,test}/**/*.test.ts'],
    exclude: ['**/node_modules/**'],
    // Real files, sockets and a browser: slower than pure functions, never minutes.
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
});
