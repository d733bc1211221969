import { execa } from 'execa'
import { expect, test } from 'vitest'
import { berthPaths } from '../../../src/main/host/berth-files'

/** The scripts cannot import TypeScript, so they contain a copy of the rule for the folder of the guest images. */
test.each([
  ['without variables', {}],
  ['with BERTH_GUEST_CACHE', { BERTH_GUEST_CACHE: '/elsewhere' }],
  ['with BERTH_HOME', { BERTH_HOME: '/home-of-berth' }],
  [
    'with BERTH_GUEST_CACHE and BERTH_HOME',
    { BERTH_GUEST_CACHE: '/elsewhere', BERTH_HOME: '/home-of-berth' },
  ],
  ['with XDG_CACHE_HOME', { XDG_CACHE_HOME: '/cache' }],
])('the scripts build the guest image in the folder that the app searches, %s', async (_title, env) => {
  const all = { HOME: '/home/somebody', ...env }
  const { stdout } = await execa(process.execPath, ['scripts/lib/guest-image.mjs'], {
    env: { PATH: process.env.PATH, ...all },
    extendEnv: false,
  })
  expect(stdout).toBe(berthPaths(all, 'linux').guestCache)
})
