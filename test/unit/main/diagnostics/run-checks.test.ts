import { expect, it } from 'vitest'
import { ok, type Check } from '../../../../src/main/diagnostics/check'
import { runChecks } from '../../../../src/main/diagnostics/run-checks'
import type { CheckResult } from '../../../../src/shared/diagnostics'
import { silentLog } from '../../../support/fake-services'
import { contextOf } from './support'

const never = new Promise<never>(() => undefined)

async function all(checks: Check[], signal = new AbortController().signal): Promise<CheckResult[]> {
  const results: CheckResult[] = []
  for await (const result of runChecks(checks, contextOf(), silentLog, signal)) results.push(result)
  return results
}

it('runChecks yields each result as soon as its check ends, not in the order of the checks', async () => {
  let finish = (): void => undefined
  const slow: Check = {
    id: 'image',
    run: () =>
      new Promise((resolve) => {
        finish = () => {
          resolve(ok('image.ok'))
        }
      }),
  }
  const quick: Check = {
    id: 'clock',
    run: () => Promise.resolve(ok('clock.ok', { seconds: 1 })),
  }
  const seen: string[] = []
  for await (const { check } of runChecks(
    [slow, quick],
    contextOf(),
    silentLog,
    new AbortController().signal,
  )) {
    seen.push(check)
    finish()
  }
  expect(seen).toEqual(['clock', 'image'])
})

it('runChecks continues after a check that hangs or throws', async () => {
  const hangs: Check = { id: 'dns', limitMs: 20, run: () => never }
  const throws: Check = { id: 'ports', run: () => Promise.reject(new Error('a mistake')) }
  const fine: Check = { id: 'qemu', run: () => Promise.resolve(ok('qemu.ok', { version: '9' })) }
  const results = await all([hangs, throws, fine])
  expect(new Map(results.map(({ check, status, finding }) => [check, `${status} ${finding}`]))).toEqual(
    new Map([
      ['ports', 'failed broken'],
      ['qemu', 'ok qemu.ok'],
      ['dns', 'warning timeout'],
    ]),
  )
  expect(results.find(({ check }) => check === 'ports')?.detail).toBe('a mistake')
})

it('runChecks aborts a check when the signal of the caller aborts', async () => {
  const abort = new AbortController()
  let aborted = false
  const check: Check = {
    id: 'dns',
    run: (_context, signal) => {
      signal.addEventListener('abort', () => {
        aborted = true
      })
      abort.abort(new Error('the window is gone'))
      return never
    },
  }
  await all([check], abort.signal).catch(() => undefined)
  expect(aborted).toBe(true)
})
