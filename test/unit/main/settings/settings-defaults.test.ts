import { expect, it } from 'vitest'
import { defaultMachineSettings } from '../../../../src/main/settings/settings-defaults'

it.each([
  [
    { cpus: 1, memoryMiB: 4_096 },
    { cpus: 1, memoryMiB: 2_048 },
  ],
  [
    { cpus: 2, memoryMiB: 8_192 },
    { cpus: 2, memoryMiB: 2_048 },
  ],
  [
    { cpus: 8, memoryMiB: 16_384 },
    { cpus: 7, memoryMiB: 4_096 },
  ],
  [
    { cpus: 4, memoryMiB: 24_100 },
    { cpus: 3, memoryMiB: 5_632 },
  ],
  [
    { cpus: 32, memoryMiB: 131_072 },
    { cpus: 8, memoryMiB: 8_192 },
  ],
])('leaves a host of %o enough for itself', (host, expected) => {
  expect(defaultMachineSettings(host)).toMatchObject(expected)
})
