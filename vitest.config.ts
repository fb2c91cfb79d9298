import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vitest/config';

const never = ['**/node_modules/**', '**/dist/**'];

/** `unit` is fast and pure and runs wide; `integration` has real sockets, files and FFmpeg; `e2e` has the whole product and a browser. */
export default defineConfig({
  plugins: [svelte({ configFile: false })],
  test: {
    // A line of `npm test` has to say what was found: the run that failed once in twenty is gone.
    chaiConfig: { truncateThreshold: 1_000 },
    projects: [
      { extends: true, test: { name: 'unit', include: ['**/*.test.ts'], exclude: [...never, '**/*.integration.test.ts', 'test/e2e/**'], testTimeout: 60_000 } },
      {
        extends: true,
        test: { name: 'integration', include: ['**/*.integration.test.ts'], exclude: never, testTimeout: 60_000, hookTimeout: 60_000, expect: { poll: { timeout: 20_000 } }, maxWorkers: 1 },
      },
      {
        extends: true,
        test: { name: 'e2e', include: ['test/e2e/**/*.test.ts'], exclude: never, testTimeout: 120_000, hookTimeout: 180_000, maxWorkers: 1, fileParallelism: false },
      },
    ],
  },
});
