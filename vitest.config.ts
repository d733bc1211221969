import { defineConfig } from 'vitest/config'

/** On a busy computer, a correct result can take longer than the default of one second. */
const patient = { poll: { timeout: 25_000 } }

/** Tests that replace modules, or that need modules in their initial state. Each file gets modules of its own. */
const mocking = [
  'test/unit/main/electron/**/*.test.ts',
  'test/unit/preload/**/*.test.ts',
  'test/unit/main/backups/backup-store.test.ts',
  'test/unit/main/machine/machine.test.ts',
  'test/unit/main/file-server/tree/host-files.test.ts',
  'test/unit/main/mounts/shared-folders.test.ts',
  'test/unit/main/file-server/changes/folder-watches.test.ts',
  'test/unit/renderer/lib/i18n.test.ts',
  'test/unit/renderer/stores/file-drafts.test.ts',
  'test/unit/renderer/composables/use-pasted-command.test.ts',
  'test/unit/renderer/composables/use-project-files.test.ts',
  'test/unit/renderer/composables/use-refusals.test.ts',
  'test/unit/renderer/composables/use-shortcuts.test.ts',
  'test/unit/renderer/commands/registry.test.ts',
]

const unit = {
  include: ['test/unit/**/*.test.ts', 'test/contract/**/*.test.ts'],
  environment: 'node',
  expect: patient,
  // Vitest's default leaves one processor out.
  maxWorkers: '100%',
  // On a busy computer, a correct test can take longer than the default of five seconds.
  testTimeout: 30_000,
  hookTimeout: 30_000,
}

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          ...unit,
          name: 'unit',
          exclude: mocking,
          // The files of a process share their modules, because loading the modules takes longer than the tests.
          isolate: false,
        },
      },
      {
        test: { ...unit, name: 'unit-mocks', include: mocking },
      },
      {
        test: {
          name: 'packaging',
          include: ['test/packaging/**/*.test.ts'],
          environment: 'node',
          expect: patient,
          // Each file builds dist/ if it is out of date, so only one may run at a time.
          fileParallelism: false,
          testTimeout: 180_000,
          hookTimeout: 180_000,
        },
      },
      {
        // One process and one module graph for all files, because they share one real machine. A second process with a
        // machine of its own does not make them faster on two processors: it was measured.
        test: {
          name: 'integration',
          include: ['test/integration/**/*.test.ts'],
          environment: 'node',
          // Tests share the processors with the machine.
          expect: { poll: { timeout: 60_000 } },
          globalSetup: ['test/support/integration-setup.ts'],
          pool: 'forks',
          maxWorkers: 1,
          isolate: false,
          fileParallelism: false,
          // Only projects with the same number of workers may run together.
          sequence: { groupOrder: 1 },
          testTimeout: 400_000,
          hookTimeout: 600_000,
        },
      },
    ],
  },
})
