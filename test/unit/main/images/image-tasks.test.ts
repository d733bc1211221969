import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough, type Readable } from 'node:stream'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Engine } from '../../../../src/main/engine'
import { ImageTasks } from '../../../../src/main/images/image-tasks'
import { Tasks } from '../../../../src/main/tasks'
import { BerthError } from '../../../../src/shared/errors'
import { silentLog } from '../../../support/fake-services'

describe('the archive of images', () => {
  let folder: string
  let tasks: Tasks
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'berth-image-tasks-'))
    tasks = await Tasks.open({ folder, log: silentLog })
  })
  afterEach(async () => {
    await tasks.closeAll()
    await rm(folder, { recursive: true })
  })

  /** Images of an engine that can only save. */
  function imagesWith(save: () => Promise<Readable>): ImageTasks {
    const offline = () => Promise.reject(new BerthError('engine.unreachable'))
    const { images } = new Engine({ link: { openUnixSocket: offline } })
    images.save = save
    const logins = { forImage: () => Promise.resolve({}) }
    return new ImageTasks({ engine: { images }, logins, link: { exec: offline }, tasks })
  }
  const outcome = () => tasks.ended(tasks.list()[0]?.id ?? '')
  const { signal } = new AbortController()

  it('cannot be opened if an image is missing, and its task fails', async () => {
    const missing = new BerthError('image.not-found', { image: 'gone' })
    await expect(imagesWith(() => Promise.reject(missing)).save(['gone'], signal)).rejects.toBe(missing)
    expect(await outcome()).toMatchObject({ state: 'failed', error: { code: 'image.not-found' } })
  })

  it('breaks off if the engine breaks off, and its task fails', async () => {
    const archive = new PassThrough()
    const output = await imagesWith(() => Promise.resolve(archive)).save(['a'], signal)
    archive.destroy(new BerthError('machine.connection-lost'))
    await once(output, 'error')
    expect(await outcome()).toMatchObject({ state: 'failed', error: { code: 'machine.connection-lost' } })
  })

  it('cancels its task if nobody reads it any more', async () => {
    const output = await imagesWith(() => Promise.resolve(new PassThrough())).save(['a'], signal)
    output.destroy()
    expect(await outcome()).toMatchObject({ state: 'cancelled' })
  })
})
