import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vite';

export default defineConfig({
  root: import.meta.dirname,
  base: '/',
  plugins: [svelte({ configFile: false })],
  // The kiosk's browser is ours: `light-dark()` stays as written, so that a part of a page can hold to one scheme.
  // Nothing inlined: the pages' policy allows scripts and styles from their own address only.
  build: { outDir: 'dist', emptyOutDir: true, target: 'es2023', cssTarget: 'chrome125', assetsInlineLimit: 0, modulePreload: { polyfill: false } },
});
