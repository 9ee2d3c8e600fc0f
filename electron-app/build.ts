/**
 * Builds the app into electron-app/dist: the page, the preload script (one CommonJS file: a sandboxed one can load
 * nothing else) and the main process (one file; packages stay packages). Run it with `node electron-app/build.ts`.
 */
import { join } from 'node:path';
import { build, type InlineConfig } from 'vite';

const root = import.meta.dirname;

function page(outDir: string): InlineConfig {
  return { configFile: join(root, 'vite.config.ts'), build: { outDir: join(outDir, 'renderer') } };
}

function preload(outDir: string): InlineConfig {
  return {
    root,
    configFile: false,
    build: {
      outDir,
      emptyOutDir: false,
      target: 'node24',
      lib: { entry: join(root, 'preload.ts'), formats: ['cjs'], fileName: () => 'preload.cjs' },
      rolldownOptions: { external: [/^electron/] },
    },
  };
}

function main(outDir: string): InlineConfig {
  return {
    root,
    configFile: false,
    ssr: { external: true, noExternal: [/^@enroute\//] },
    build: {
      outDir,
      emptyOutDir: false,
      target: 'node24',
      ssr: join(root, 'main.ts'),
      rolldownOptions: { external: [/^electron/], output: { entryFileNames: 'main.mjs' } },
    },
  };
}

export async function buildApp(outDir: string, logLevel: 'info' | 'silent'): Promise<void> {
  for (const part of [page, preload, main]) await build({ ...part(outDir), logLevel });
}

if (import.meta.main) await buildApp(join(root, 'dist'), 'info');
