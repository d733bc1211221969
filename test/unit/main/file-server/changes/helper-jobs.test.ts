import { describe, expect, it } from 'vitest'
import { HelperJobs } from '../../../../../src/main/file-server/changes/helper-jobs'
import { Outbox } from '../../../../../src/main/file-server/protocol/outbox'
import { Replays } from '../../../../../src/main/file-server/changes/replays'

describe('what the helper is to do', () => {
  const outbox = new Outbox()
  const jobs = new HelperJobs(outbox, new Replays(), () => [Buffer.alloc(0), Buffer.alloc(0)])

  function change(): void {
    jobs.forgetNode(5, true)
    jobs.forgetName(4, Buffer.from('name'))
  }

  /** The bytes that are sent now. */
  function sent(): number {
    jobs.send()
    return outbox.take().reduce((sum, { length }) => sum + length, 0)
  }

  it('grows with what has changed, not with how often', () => {
    change()
    const once = sent()
    expect(once).toBeGreaterThan(0)
    for (let count = 0; count < 1_000; count++) change()
    // What is sent already may be done already: what has changed since is told again.
    expect(sent()).toBe(once)
    change()
    expect(sent()).toBe(once)
  })
})
