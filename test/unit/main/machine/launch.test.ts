import { tmpdir } from 'node:os'
import { expect, it } from 'vitest'
import { berthPaths } from '../../../../src/main/host/berth-files'
import { machineHost } from '../../../../src/main/machine/launch'
import { silentLog } from '../../../support/fake-services'

it('makes a machine’s host with the given port for shared folders, or without a port', () => {
  const options = {
    paths: berthPaths({ BERTH_HOME: tmpdir() }, 'linux'),
    log: silentLog,
  }
  expect(machineHost(options).mountsPort).toBeUndefined()
  const mountsPort = {
    listen: () => Promise.resolve({ port: 7 }),
    confirm: () => undefined,
  }
  expect(machineHost({ ...options, mountsPort }).mountsPort).toBe(mountsPort)
})
