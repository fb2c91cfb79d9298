// Which part may import which. The table in ARCHITECTURE.md says the same in words.
const PARTS = ['appliance', 'control-panel', 'edge-relay', 'cloud-sync', 'provisioning'];
const tests = '\\.test\\.ts$';

const throughContract = PARTS.map((part) => ({
  name: `${part}-imports-others-through-their-contract`,
  severity: 'error',
  from: { path: `^${part}/`, pathNot: tests },
  to: { path: `^(${PARTS.filter((other) => other !== part).join('|')})/`, pathNot: '^[^/]+/contract/' },
}));

// Campus is one service made of two parts: its composition root alone may construct the library.
throughContract.find((rule) => rule.name.startsWith('provisioning-')).from.pathNot = [tests, '^provisioning/campus/'];

module.exports = {
  forbidden: [
    ...throughContract,
    {
      name: 'campus-constructs-the-library-only',
      severity: 'error',
      from: { path: '^provisioning/campus/', pathNot: tests },
      to: { path: '^(appliance|control-panel|edge-relay|cloud-sync)/', pathNot: ['^[^/]+/contract/', '^cloud-sync/library/'] },
    },
    { name: 'kit-imports-no-part', severity: 'error', from: { path: '^kit/', pathNot: tests }, to: { path: `^(${PARTS.join('|')}|test)/` } },
    { name: 'nothing-imports-test', severity: 'error', from: { pathNot: ['^test/', '^run\\.mjs$', tests] }, to: { path: '^test/' } },
    {
      name: 'contracts-hold-schemas-only',
      severity: 'error',
      from: { path: '^[^/]+/contract/' },
      to: { pathNot: ['^[^/]+/contract/', 'node_modules/typebox/'] },
    },
    {
      name: 'nothing-imports-a-main',
      severity: 'error',
      from: { pathNot: ['^run\\.mjs$'] },
      to: { path: '/main\\.ts$', pathNot: ['^(control-panel|edge-relay/web|provisioning/console)/'] },
    },
    { name: 'no-circles', severity: 'error', from: {}, to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } } },
    { name: 'no-orphans', severity: 'error', from: { orphan: true, pathNot: [tests, '\\.d\\.ts$', '(^|/)main\\.ts$', '\\.config\\.(ts|js)$', '^\\.', '\\.py$'] }, to: {} },
    { name: 'resolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: ['/dist/', '^\\.lectern/'] },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'svelte', 'types', 'node', 'default'], extensions: ['.ts', '.svelte.ts', '.svelte', '.js', '.mjs'] },
  },
};
