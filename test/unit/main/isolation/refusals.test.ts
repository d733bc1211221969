import { describe, expect, it } from 'vitest'
import { refusalsLineSchema } from '../../../../src/main/isolation/refusals'

describe('the refused system calls', () => {
  const line = (...refusal: unknown[]) => ({ refusals: [refusal], more: false, lost: false })

  it('have an encoded program, an error and a reason', () => {
    expect(refusalsLineSchema.parse(line('a%22 b%FF', 7, 'mount', 1, 'capability', 21, 3)).refusals).toEqual([
      {
        ...{ program: 'a%22%20b%FF', pid: 7, call: 'mount', error: 'EPERM', times: 3 },
        reason: { kind: 'capability', capability: 21 },
      },
    ])
    expect(refusalsLineSchema.parse(line('sh', 7, '', 13, 'seccomp', -1, 1)).refusals).toMatchObject([
      { call: '', error: 'EACCES', reason: { kind: 'seccomp' } },
    ])
  })

  it('are refused if an error or a reason is unknown', () => {
    for (const refusal of [
      ['sh', 7, 'mount', 2, 'other', -1, 1],
      ['sh', 7, 'mount', 1, 'mood', -1, 1],
      ['sh', 7, 'mount', 1, 'other', -1],
    ])
      expect(refusalsLineSchema.safeParse(line(...refusal)).success, JSON.stringify(refusal)).toBe(false)
  })
})
