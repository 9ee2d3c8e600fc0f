/** Builds the supervisor's page: `vite build --config core/console/vite.config.ts` writes core/console/dist. */
import { join } from 'node:path';
import { defineConfig } from 'vite';

const repository = join(import.meta.dirname, '..', '..');
const SERVER_MODULES = ['shared', 'core/ops', 'core/store'].map((folder) => join(repository, folder));

export default defineConfig({
  root: join(import.meta.dirname, 'page'),
  base: '/console/',
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    outDir: join(import.meta.dirname, 'dist'),
    emptyOutDir: true,
    // Our own modules only declare things. The page needs one schema of the server's; without this the whole of
    // libsodium, which starts itself when it is loaded, would come along.
    rolldownOptions: {
      treeshake: { moduleSideEffects: (id) => !SERVER_MODULES.some((folder) => id.startsWith(folder)) },
    },
  },
});
