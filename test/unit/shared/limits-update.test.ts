import { expect, test } from 'vitest'
import { updateBody } from '../../../src/shared/limits-update'
import type { ChangeableLimits } from '../../../src/shared/isolation'

const most = { cpus: 2, memory: 4000 }
const none: ChangeableLimits = {
  ...{ cpus: null, cpuShares: null, processors: '', memory: null, pids: null },
  restart: { policy: 'no', retries: 0 },
}
const host = {
  ...{ NanoCpus: 0, CpuQuota: 0, CpuPeriod: 0, CpuShares: 0, CpusetCpus: '' },
  ...{ Memory: 0, MemorySwap: 0, PidsLimit: 0, RestartPolicy: { Name: 'no', MaximumRetryCount: 0 } },
}

test('sends only what differs', () => {
  expect(updateBody(host, none, most)).toEqual({})
  expect(updateBody(host, { ...none, pids: 9 }, most)).toEqual({ PidsLimit: 9 })
  expect(updateBody(host, { ...none, restart: { policy: 'on-failure', retries: 3 } }, most)).toEqual({
    RestartPolicy: { Name: 'on-failure', MaximumRetryCount: 3 },
  })
})

test('removes limits, for which the engine has no number', () => {
  const limited = {
    ...host,
    NanoCpus: 5e8,
    CpuShares: 512,
    CpusetCpus: '0',
    Memory: 64,
    MemorySwap: 128,
    PidsLimit: 5,
  }
  expect(updateBody(limited, none, most)).toEqual({
    ...{ NanoCpus: 2e9, CpuShares: 1024, CpusetCpus: '0-1' },
    ...{ Memory: 4000, MemorySwap: 8000, PidsLimit: -1 },
  })
  // A limit of everything that the machine has is no limit.
  expect(
    updateBody({ ...host, NanoCpus: 2e9, CpusetCpus: '0-1', Memory: 4000, MemorySwap: 8000 }, none, most),
  ).toEqual({})
})

test('keeps the notation of the CPU limit, because the engine refuses to change it', () => {
  const quota = { ...host, CpuQuota: 20_000, CpuPeriod: 50_000 }
  expect(updateBody(quota, { ...none, cpus: 0.4 }, most)).toEqual({})
  expect(updateBody(quota, { ...none, cpus: 1 }, most)).toEqual({ CpuPeriod: 50_000, CpuQuota: 50_000 })
})

test('keeps the swap that the container may use', () => {
  const limits = { ...none, memory: 1000 }
  expect(updateBody(host, limits, most)).toEqual({ Memory: 1000, MemorySwap: 2000 })
  expect(updateBody({ ...host, Memory: 64, MemorySwap: 64 }, limits, most)).toEqual({
    Memory: 1000,
    MemorySwap: 1000,
  })
  expect(updateBody({ ...host, Memory: 64, MemorySwap: 94 }, limits, most)).toEqual({
    Memory: 1000,
    MemorySwap: 1030,
  })
  expect(updateBody({ ...host, Memory: 64, MemorySwap: -1 }, limits, most)).toEqual({
    Memory: 1000,
    MemorySwap: -1,
  })
})
