import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vite';
import { join } from 'node:path';

export default defineConfig({
  root: import.meta.dirname,
  base: '/',
  plugins: [svelte({ configFile: false })],
  // The kiosk's browser is ours: `light-dark()` stays as written, so that a part of a page can hold to one scheme.
  // Nothing inlined: the pages' policy allows scripts and styles from their own address only.
  build: {
    outDir: 'dist', emptyOutDir: true, target: 'es2023', cssTarget: 'chrome125', assetsInlineLimit: 0, modulePreload: { polyfill: false },
    // Two pages: the room's screen, and the one on which a laptop shares its own.
    rollupOptions: { input: ['index.html', 'share.html'].map((page) => join(import.meta.dirname, page)) },
  },
});
