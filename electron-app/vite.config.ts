/** Builds the window's page: `vite build --config electron-app/vite.config.ts`. The whole app: `node electron-app/build.ts`. */
import { join } from 'node:path';
import { defineConfig } from 'vite';

export default defineConfig({
  root: join(import.meta.dirname, 'renderer'),
  base: './',
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    outDir: join(import.meta.dirname, 'dist', 'renderer'),
    emptyOutDir: true,
    modulePreload: false,
    // The Chromium of Electron 45 is 156; the page runs nowhere else.
    target: 'chrome150',
  },
});
