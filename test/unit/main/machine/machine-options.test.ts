import { tmpdir } from 'node:os'
import { expect, it } from 'vitest'
import { berthPaths } from '../../../../src/main/host/paths'
import { machineHost } from '../../../../src/main/machine/machine-options'
import { silentLog } from '../../../support/fake-services'

it('hands the port of the shared folders on to every launch', async () => {
  const options = {
    paths: berthPaths({ BERTH_HOME: tmpdir() }, 'linux'),
    log: silentLog,
    waitForEngine: () => Promise.resolve(),
    settings: () => ({ cpus: 1, memoryMiB: 1024, diskGiB: 8 }),
  }
  expect(machineHost(options).mountsPort).toBeUndefined()
  expect(await machineHost({ ...options, mountsPort: () => Promise.resolve(7) }).mountsPort?.()).toBe(7)
})
