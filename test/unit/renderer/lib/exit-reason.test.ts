import { describe, expect, it } from 'vitest'
import { exitReason } from '../../../../src/renderer/lib/exit-reason'
import { en } from '../../../../src/shared/i18n/en'

describe('the reason of an exit', () => {
  it.each([
    [0, false, { kind: 'success' }],
    // The kernel may end a process of a container whose first process ends normally.
    [0, true, { kind: 'success' }],
    [137, true, { kind: 'outOfMemory' }],
    [1, true, { kind: 'outOfMemory' }],
    [125, false, { kind: 'notStarted' }],
    [126, false, { kind: 'notExecutable' }],
    [127, false, { kind: 'notFound' }],
    [137, false, { kind: 'killed' }],
    [143, false, { kind: 'asked' }],
    [130, false, { kind: 'asked' }],
    [139, false, { kind: 'crashed', signal: 'SIGSEGV' }],
    [129, false, { kind: 'signal', signal: 'SIGHUP' }],
    [1, false, { kind: 'code', code: 1 }],
    [255, false, { kind: 'lost' }],
  ])('of code %i (out of memory: %s) is %j', (code, outOfMemory, reason) => {
    expect(exitReason(code, outOfMemory)).toEqual(reason)
    expect(Object.keys(en.app.summary.exit)).toContain(reason.kind)
  })
})
