/** Imports run one way: shared <- sync <- edge-agent <- electron-app, and shared <- sync <- core. test may see all. */
const room = (path) => ({ path: `^${path}/`, pathNot: '\\.(test|fixture)\\.tsx?$' });

/** A room and the rooms that it may import besides itself. */
const MAY_IMPORT = {
  shared: [],
  sync: ['shared'],
  'edge-agent': ['shared', 'sync'],
  core: ['shared', 'sync'],
  'electron-app': ['shared', 'sync', 'edge-agent'],
};
const ROOMS = [...Object.keys(MAY_IMPORT), 'test', 'bin'];

module.exports = {
  forbidden: [
    ...Object.entries(MAY_IMPORT).map(([from, allowed]) => ({
      name: `${from}-imports-one-way`,
      severity: 'error',
      from: { path: `^${from}/` },
      to: { path: `^(${ROOMS.filter((to) => to !== from && !allowed.includes(to)).join('|')})/` },
    })),
    {
      name: 'shared-does-no-io',
      comment: 'Laws and words: effects are at the edge. Hashing and compression are functions from bytes to bytes.',
      severity: 'error',
      from: room('shared'),
      to: { dependencyTypes: ['core'], pathNot: '^(node:)?(crypto|zlib|buffer)$' },
    },
    {
      name: 'fixtures-are-for-tests',
      comment: 'A program that a test starts and kills is a part of that test.',
      severity: 'error',
      from: {
        path: `^(bin|${Object.keys(MAY_IMPORT).join('|')})/`,
        pathNot: '(\\.(test|fixture)\\.tsx?|-until-killed\\.ts)$',
      },
      to: { path: '\\.fixture\\.tsx?$' },
    },
    {
      name: 'no-circles',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    { name: 'everything-resolves', severity: 'error', from: {}, to: { couldNotResolve: true } },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)(dist|node_modules/(?!@enroute))/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default', 'types'] },
  },
};
