import js from '@eslint/js'
import prettier from 'eslint-config-prettier'
import vue from 'eslint-plugin-vue'
import globals from 'globals'
import tseslint from 'typescript-eslint'
import vueParser from 'vue-eslint-parser'

/**
 * The rooms of src/main, from the bottom up. Each may import itself, `shared`, and the rooms listed here, and those
 * only by their front door (`index.ts`).
 */
const rooms = {
  lib: [],
  host: ['lib'],
  settings: ['lib', 'host'],
  ssh: ['lib', 'host'],
  sessions: ['lib', 'host'],
  transfers: ['host'],
  tasks: ['lib', 'host'],
  qemu: ['lib', 'host'],
  network: ['lib', 'host', 'ssh'],
  engine: ['lib', 'host', 'ssh'],
  disk: ['lib', 'host', 'ssh', 'qemu', 'engine'],
  'guest-image': ['lib', 'host', 'qemu', 'disk'],
  machine: ['lib', 'host', 'ssh', 'qemu', 'disk', 'guest-image'],
  'file-server': ['lib'],
  mounts: ['lib', 'host', 'ssh', 'qemu', 'file-server'],
  ports: ['lib', 'host', 'ssh', 'qemu', 'engine'],
  terminals: ['lib', 'host', 'ssh', 'sessions', 'engine'],
  stats: ['lib', 'host', 'ssh', 'engine'],
  stack: ['lib', 'host', 'ssh', 'qemu', 'tasks', 'engine', 'guest-image', 'machine', 'ports'],
  files: ['lib', 'host', 'ssh', 'engine'],
  isolation: ['lib', 'host', 'ssh', 'engine'],
  'image-layers': ['lib', 'host', 'ssh', 'engine', 'isolation'],
  hints: ['lib', 'host', 'ssh', 'engine', 'stats', 'ports', 'files'],
  logs: ['lib', 'host', 'ssh', 'engine'],
  timelines: ['lib', 'host', 'ssh', 'engine', 'ports'],
  'docker-socket': ['lib', 'host', 'engine', 'mounts', 'ports', 'timelines'],
  'docker-cli': ['lib', 'host', 'docker-socket'],
  registries: ['lib', 'host', 'ssh', 'engine', 'docker-cli'],
  containers: ['lib', 'host', 'tasks', 'engine', 'ports', 'mounts', 'files', 'timelines', 'docker-cli'],
  networks: ['lib', 'ssh', 'engine'],
  images: ['lib', 'host', 'ssh', 'tasks', 'engine', 'timelines', 'registries'],
  builds: ['lib', 'host', 'ssh', 'tasks', 'engine', 'mounts', 'timelines', 'registries'],
  'project-files': ['lib', 'host', 'mounts'],
  backups: ['lib', 'host', 'ssh', 'tasks', 'engine', 'files'],
  compose: [
    'lib',
    'host',
    'ssh',
    'tasks',
    'engine',
    'mounts',
    'ports',
    'timelines',
    'docker-cli',
    'registries',
    'builds',
  ],
  configuration: ['lib', 'host', 'settings', 'ssh', 'network', 'engine', 'disk', 'machine'],
  diagnostics: [
    'lib',
    'host',
    'settings',
    'ssh',
    'network',
    'qemu',
    'engine',
    'disk',
    'guest-image',
    'machine',
    'mounts',
    'ports',
    'docker-cli',
    'registries',
  ],
  learn: ['lib', 'host', 'ssh', 'engine', 'ports', 'isolation', 'images', 'builds'],
  api: [
    'lib',
    'host',
    'sessions',
    'tasks',
    'engine',
    'mounts',
    'ports',
    'timelines',
    'terminals',
    'stats',
    'stack',
    'files',
    'isolation',
    'image-layers',
    'hints',
    'logs',
    'learn',
    'containers',
    'networks',
    'builds',
    'project-files',
    'backups',
    'compose',
    'disk',
    'machine',
    'docker-cli',
    'registries',
    'images',
    'configuration',
    'diagnostics',
    'settings',
    'transfers',
    'berth',
  ],
  electron: ['lib', 'host', 'api', 'berth'],
  headless: ['lib', 'host', 'api', 'berth'],
}

/**
 * The layers of src/renderer, from the top down. Each may import itself, `shared`, and the layers after it; `api` only
 * by its `index.ts`. App.vue, main.ts and router.ts are above them all. `commands` (the registry of commands and the
 * navigation's pages) is below `components`, which show both, and above `composables`, which the commands call.
 */
const rendererLayers = ['pages', 'components', 'commands', 'composables', 'stores', 'api', 'lib']

const electronOnly = {
  name: 'electron',
  message: 'Only src/main/electron and src/preload may import electron.',
}
const qemuOnly = {
  name: 'node:child_process',
  message:
    'Run programs with `runProgram` of src/main/lib. Only src/main/qemu starts a process itself: QEMU.',
}
const libOnly = {
  name: 'execa',
  message: 'Run programs with `runProgram` of src/main/lib.',
}
const orpcOnly = {
  group: ['@orpc/*'],
  message: 'oRPC stays in the contract, src/main/api and src/renderer/api.',
}

/** Relative imports that leave the folder for one of `folders`. */
function forbid(folders) {
  return {
    regex: `^(?:\\.\\./)+(?:main/)?(?:${folders.join('|')})(?:/|$)`,
    message: 'Imports point down only: see the rooms in eslint.config.js.',
  }
}

/** Relative imports of a file inside one of `folders`. */
function backDoor(folders) {
  return {
    regex: `^(?:\\.\\./)+(?:main/)?(?:${folders.join('|')})/.`,
    message: 'Import another room by its front door, index.ts.',
  }
}

function layer(
  files,
  forbiddenFolders,
  { electron = false, orpc = false, childProcess = false, execa = false, frontDoorOf = [] } = {},
) {
  const paths = [
    ...(electron ? [] : [electronOnly]),
    ...(childProcess ? [] : [qemuOnly]),
    ...(execa ? [] : [libOnly]),
  ]
  return {
    files,
    rules: {
      'no-restricted-imports': [
        'error',
        {
          paths,
          patterns: [
            forbid(forbiddenFolders),
            ...(frontDoorOf.length > 0 ? [backDoor(frontDoorOf)] : []),
            ...(orpc ? [] : [orpcOnly]),
          ],
        },
      ],
    },
  }
}

/** Only a constructor may be `private`, in a class that static methods create: JavaScript has no `#constructor`. */
const privacy = [
  'PropertyDefinition[accessibility]',
  'MethodDefinition[kind!="constructor"][accessibility]',
].map((selector) => ({ selector, message: 'Use # for private members, and no keyword for public ones.' }))

const roomNames = Object.keys(rooms)
const layers = [
  layer(['src/shared/**'], ['main', 'renderer', 'preload']),
  layer(['src/shared/contract/*.ts'], ['main', 'renderer', 'preload'], { orpc: true }),
  layer(['src/renderer/**'], ['main', 'preload'], { frontDoorOf: ['api'] }),
  ...rendererLayers.map((name, index) =>
    layer(
      [`src/renderer/${name}/**`],
      ['main', 'preload', 'App.vue', 'router', ...rendererLayers.slice(0, index)],
      { orpc: name === 'api', frontDoorOf: name === 'api' ? [] : ['api'] },
    ),
  ),
  layer(['src/preload/**'], ['main', 'renderer'], { electron: true }),
  layer(['src/main/*.ts'], ['renderer', 'preload', 'api', 'electron', 'headless'], {
    frontDoorOf: roomNames,
  }),
  ...Object.entries(rooms).map(([name, allowed]) => {
    const others = roomNames.filter((other) => other !== name)
    const forbidden = [...others, 'berth'].filter((other) => !allowed.includes(other))
    return layer([`src/main/${name}/**`], ['renderer', 'preload', ...forbidden], {
      electron: name === 'electron',
      orpc: name === 'api',
      childProcess: name === 'qemu',
      execa: name === 'lib',
      frontDoorOf: others,
    })
  }),
]

export default tseslint.config(
  { ignores: ['dist/**', 'release/**', '**/*.d.ts', 'test-results/**', 'playwright-report/**'] },
  js.configs.recommended,
  ...vue.configs['flat/recommended'],
  {
    files: ['**/*.ts', '**/*.vue'],
    extends: [...tseslint.configs.strictTypeChecked, ...tseslint.configs.stylisticTypeChecked],
    languageOptions: {
      parserOptions: {
        parser: tseslint.parser,
        project: ['./tsconfig.json', './src/renderer/tsconfig.json', './test/e2e/tsconfig.json'],
        extraFileExtensions: ['.vue'],
        tsconfigRootDir: import.meta.dirname,
      },
    },
    rules: {
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      'max-lines': ['error', { max: 600, skipBlankLines: true, skipComments: true }],
      '@typescript-eslint/parameter-properties': 'error',
      'no-restricted-syntax': ['error', ...privacy],
    },
  },
  {
    files: ['**/*.vue'],
    // The blocks above make typescript-eslint's parser the parser of everything; here it reads the script only.
    languageOptions: { parser: vueParser },
    rules: { 'vue/no-v-html': 'error', 'vue/multi-word-component-names': 'off', 'no-undef': 'off' },
  },
  { files: ['src/renderer/**'], languageOptions: { globals: globals.browser } },
  {
    files: ['scripts/**', 'vm-assets/**', 'bench/**', '*.config.js', 'build-resources/**'],
    languageOptions: { globals: globals.node },
  },
  ...layers,
  prettier,
  {
    // After prettier's rules, which leave the width of comments to the writer.
    rules: {
      'max-len': [
        'error',
        {
          code: 240,
          comments: 120,
          ignoreUrls: true,
          ignoreStrings: true,
          ignoreTemplateLiterals: true,
          ignoreRegExpLiterals: true,
        },
      ],
    },
  },
)
