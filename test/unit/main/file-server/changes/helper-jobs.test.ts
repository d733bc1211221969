import { describe, expect, it } from 'vitest'
import { HelperJobs } from '../../../../../src/main/file-server/changes/helper-jobs'
import { MessageWriter } from '../../../../../src/main/file-server/protocol/message-writer'
import { InotifyReplays } from '../../../../../src/main/file-server/changes/inotify-replays'
import { PendingNames } from '../../../../../src/main/file-server/changes/pending-names'

describe('the number of jobs for the helper', () => {
  const writer = new MessageWriter()
  const pathsOf = () => [Buffer.alloc(0), Buffer.alloc(0)] as const
  const jobs = new HelperJobs({
    writer,
    replays: new InotifyReplays(),
    pendingNames: new PendingNames(),
    pathsOf,
  })

  function change(): void {
    jobs.expireNode(5, true)
    jobs.expireName(4, Buffer.from('name'))
  }

  /** The number of bytes that are sent now. */
  function sent(): number {
    jobs.send()
    return writer.drain().reduce((sum, { length }) => sum + length, 0)
  }

  it('depends on the number of changed files, not on the number of changes', () => {
    change()
    const once = sent()
    expect(once).toBeGreaterThan(0)
    for (let count = 0; count < 1_000; count++) change()
    // The helper may already have done the job, so later changes need another job.
    expect(sent()).toBe(once)
    change()
    expect(sent()).toBe(once)
  })
})
