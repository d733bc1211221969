import js from '@eslint/js'
import prettier from 'eslint-config-prettier'
import vue from 'eslint-plugin-vue'
import globals from 'globals'
import tseslint from 'typescript-eslint'
import vueParser from 'vue-eslint-parser'

/** src/main's folders as layers: each may import itself, `shared`, and what is listed here. */
const mainLayers = {
  host: [],
  ssh: ['host'],
  sessions: ['host'],
  machine: ['host', 'ssh'],
  engine: ['host', 'ssh'],
  network: ['host', 'ssh'],
  configuration: ['host', 'ssh', 'machine', 'engine', 'network'],
  registries: ['host', 'engine'],
  ports: ['host', 'ssh', 'machine', 'engine'],
  mounts: ['host', 'ssh', 'machine'],
  terminals: ['host', 'ssh', 'sessions', 'engine'],
  disk: ['host', 'ssh', 'machine', 'engine'],
  'docker-host': ['host', 'ssh', 'engine', 'mounts'],
  diagnostics: ['host', 'ssh', 'machine', 'network', 'registries', 'mounts', 'docker-host'],
  api: [
    'host',
    'sessions',
    'machine',
    'engine',
    'ports',
    'mounts',
    'terminals',
    'disk',
    'docker-host',
    'diagnostics',
    'configuration',
    'registries',
    'berth',
  ],
  electron: ['host', 'api', 'berth'],
  headless: ['host', 'api', 'berth'],
}

const electronOnly = {
  name: 'electron',
  message: 'Only src/main/electron and src/preload may import electron.',
}
const orpcOnly = {
  group: ['@orpc/*'],
  message: 'oRPC stays in the contract, src/main/api and src/renderer/api.',
}

/** Relative imports that leave the folder for one of `folders`. */
function forbid(folders) {
  return {
    regex: `^(?:\\.\\./)+(?:main/)?(?:${folders.join('|')})(?:/|$)`,
    message: 'Imports point down only: see the layers in eslint.config.js.',
  }
}

function layer(files, forbiddenFolders, { electron = false, orpc = false } = {}) {
  return {
    files,
    rules: {
      'no-restricted-imports': [
        'error',
        {
          paths: electron ? [] : [electronOnly],
          patterns: [forbid(forbiddenFolders), ...(orpc ? [] : [orpcOnly])],
        },
      ],
    },
  }
}

const mainFolders = Object.keys(mainLayers)
const layers = [
  layer(['src/shared/**'], ['main', 'renderer', 'preload']),
  layer(['src/shared/contract.ts'], ['main', 'renderer', 'preload'], { orpc: true }),
  layer(['src/renderer/**'], ['main', 'preload']),
  layer(['src/renderer/api/**'], ['main', 'preload'], { orpc: true }),
  layer(['src/preload/**'], ['main', 'renderer'], { electron: true }),
  layer(['src/main/*.ts'], ['renderer', 'preload', 'api', 'electron', 'headless']),
  ...Object.entries(mainLayers).map(([name, allowed]) =>
    layer(
      [`src/main/${name}/**`],
      [
        'renderer',
        'preload',
        ...[...mainFolders, 'berth'].filter((other) => other !== name && !allowed.includes(other)),
      ],
      { electron: name === 'electron', orpc: name === 'api' },
    ),
  ),
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
      'max-lines': ['error', { max: 350, skipBlankLines: true, skipComments: true }],
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
)
