import { tmpdir } from 'node:os'
import { expect, it } from 'vitest'
import { berthPaths } from '../../../../src/main/host/paths'
import { machineHost } from '../../../../src/main/machine/machine-options'
import { SshLink } from '../../../../src/main/ssh/ssh-link'
import { silentLog } from '../../../support/fake-services'

it('hands the port of the shared folders on to every launch', () => {
  const options = {
    paths: berthPaths({ BERTH_HOME: tmpdir() }, 'linux'),
    log: silentLog,
    link: new SshLink({ log: silentLog }),
    waitForEngine: () => Promise.resolve(),
    settings: () => ({ cpus: 1, memoryMiB: 1024, diskGiB: 8 }),
  }
  expect(machineHost(options).mountsPort).toBeUndefined()
  const mountsPort = {
    listen: () => Promise.resolve({ port: 7 }),
    on: () => undefined,
    reconnectFailed: () => undefined,
    confirm: () => undefined,
  }
  expect(machineHost({ ...options, mountsPort }).mountsPort).toBe(mountsPort)
})
