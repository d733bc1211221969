import { describe, expect, it } from 'vitest'
import { BerthError } from '../../src/shared/errors'
import { carriers } from '../support/carriers'
import { connectedOver } from '../support/contract-host'
import { fakeTask } from '../support/fake-task'

const id = '3f0e9e6c-4a0b-4b7f-9d55-9c7f0f7f0a02'

describe.each(carriers)('backups over $name', { timeout: 30_000 }, (carrier) => {
  const test = connectedOver(carrier)

  it('are watched: the state now, and after each change', async () => {
    const { backups } = test.client
    const states = await backups.watch()
    expect((await states.next()).value).toEqual(test.services.backups.current)
    test.services.backups.current = { backups: [], schedules: [], folder: '/other' }
    test.services.backups.emit('change')
    expect((await states.next()).value).toMatchObject({ folder: '/other' })
    await states.return()
  })

  it('are made, downloaded, restored and removed', async () => {
    const { backups } = test.client
    expect(await backups.create({ volume: 'data', pause: true })).toEqual({ taskId: fakeTask.id })
    const { url } = await backups.download({ id })
    expect(test.services.downloads.take(url)?.headers).toMatchObject({ 'Content-Length': '7' })
    await backups.restore({ id, to: 'copy', replace: false })
    await backups.remove({ id })
    expect(test.services.calls).toEqual([
      'backups.create data',
      `backups.open ${id}`,
      `backups.restore ${id} copy`,
      `backups.remove ${id}`,
    ])
  })

  it('are restored from a file, after a look at the volume', async () => {
    const { backups, uploads } = test.client
    const target = { to: 'data', replace: true, bytes: 3 }
    const { uploadId } = await backups.restoreOpen(target)
    await uploads.piece({ uploadId, piece: Buffer.from('tar').toString('base64') })
    await uploads.finish({ uploadId })
    expect(test.services.calls).toEqual(['backups.checkTarget data', 'backups.restoreUpload data tar'])
    test.services.failure = new BerthError('backup.busy', { volume: 'data' })
    await expect(backups.restoreOpen(target)).rejects.toMatchObject({ data: { code: 'backup.busy' } })
  })

  it('refuse a schedule that makes no sense', async () => {
    const { backups } = test.client
    const plan = { volume: 'data', rule: { every: 'day', hour: 3, minute: 0 }, keep: 7, pause: true } as const
    await backups.setSchedule(plan)
    await backups.removeSchedule({ volume: 'data' })
    for (const wrong of [
      { ...plan, keep: 0 },
      { ...plan, volume: '../etc' },
      { ...plan, rule: { ...plan.rule, hour: 24 } },
    ])
      await expect(backups.setSchedule(wrong)).rejects.toMatchObject({ data: { code: 'input.invalid' } })
    expect(test.services.calls).toEqual(['backups.setSchedule data 7', 'backups.removeSchedule data'])
  })
})
