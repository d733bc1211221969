import { createPinia, setActivePinia } from 'pinia'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { nextTick } from 'vue'
import { useFileDrafts } from '../../../../src/renderer/stores/file-drafts'
import { BerthError } from '../../../../src/shared/errors'

/** The disk: texts by path. The version of a text is the text itself. */
const disk = vi.hoisted(() => new Map<string, string>())
/** Stands for the window, with the listener of the newest store. */
const page = vi.hoisted(() => ({ leave: undefined as ((event: Event) => void) | undefined }))
/** The unsaved texts that the window has reported last. */
const main = vi.hoisted(() => ({ unsaved: [] as string[] }))

vi.mock('@vueuse/core', () => ({
  useEventListener: (name: string, listener: (event: Event) => void) => {
    if (name === 'beforeunload') page.leave = listener
  },
}))

vi.mock('../../../../src/renderer/api', () => ({
  toBerthError: (error: unknown) => error,
  connection: { status: 'open', onChange: () => undefined },
  api: {
    app: {
      info: () => Promise.resolve({}),
      reportUnsaved: ({ names }: { names: string[] }) => {
        main.unsaved = names
        return Promise.resolve()
      },
    },
    projectFiles: {
      read: ({ path }: { path: string }) => {
        const text = disk.get(path)
        return text === undefined
          ? Promise.reject(new BerthError('files.not-found', { path }))
          : Promise.resolve({ text, version: text, writable: true })
      },
      save: ({ path, text, version }: { path: string; text: string; version: string }) => {
        if (disk.get(path) !== version)
          return Promise.reject(new BerthError('compose-file.changed', { path }))
        disk.set(path, text)
        return Promise.resolve({ version: text })
      },
    },
  },
}))

const path = '/app/compose.yaml'

describe('the draft of a file', () => {
  let drafts: ReturnType<typeof useFileDrafts>
  /** Another program changes the file, and main reports it. */
  const change = (text: string) => {
    disk.set(path, text)
    return drafts.seen(path, text)
  }

  beforeEach(async () => {
    setActivePinia(createPinia())
    drafts = useFileDrafts()
    disk.clear()
    disk.set(path, 'one')
    await drafts.seen(path, 'one')
  })

  it('is saved over the file that was read', async () => {
    drafts.edit(path, 'mine')
    expect(drafts.isEdited(path)).toBe(true)
    expect(drafts.edited).toEqual([path])
    await drafts.save(path)
    expect(disk.get(path)).toBe('mine')
    expect(drafts.isEdited(path)).toBe(false)
    expect(drafts.edited).toEqual([])
    await drafts.seen(path, 'mine')
    expect(drafts.get(path)).toMatchObject({ text: 'mine', newer: undefined })
  })

  it('follows the file while it has no changes', async () => {
    await change('theirs')
    expect(drafts.get(path)).toMatchObject({ text: 'theirs', newer: undefined })
    expect(drafts.isEdited(path)).toBe(false)
  })

  it('keeps its changes when the file changes, and a save replaces nothing unseen', async () => {
    drafts.edit(path, 'mine')
    await change('theirs')
    expect(drafts.get(path)).toMatchObject({ text: 'mine', newer: { text: 'theirs' } })
    await expect(drafts.save(path)).rejects.toMatchObject({ code: 'compose-file.changed' })
    expect(disk.get(path)).toBe('theirs')
    drafts.keepMine(path)
    expect(drafts.get(path)).toMatchObject({ text: 'mine', saved: { text: 'theirs' }, newer: undefined })
    await drafts.save(path)
    expect(disk.get(path)).toBe('mine')
  })

  it('learns of a change at the save if nothing has reported it', async () => {
    drafts.edit(path, 'mine')
    disk.set(path, 'theirs')
    await expect(drafts.save(path)).rejects.toMatchObject({ code: 'compose-file.changed' })
    expect(drafts.get(path)).toMatchObject({ text: 'mine', newer: { text: 'theirs' } })
  })

  it('has nothing to decide when the other change is taken back, or is the same', async () => {
    drafts.edit(path, 'mine')
    await change('theirs')
    await change('one')
    expect(drafts.get(path)).toMatchObject({ text: 'mine', newer: undefined })
    await change('mine')
    expect(drafts.get(path)).toMatchObject({ newer: undefined })
    expect(drafts.isEdited(path)).toBe(false)
  })

  it('can be discarded for the file as it is now', async () => {
    drafts.edit(path, 'mine')
    await change('theirs')
    drafts.discard(path)
    expect(drafts.get(path)).toMatchObject({ text: 'theirs', newer: undefined })
    expect(drafts.isEdited(path)).toBe(false)
  })

  it('stays when its file is removed, unless it has no changes', async () => {
    drafts.edit(path, 'mine')
    disk.delete(path)
    await drafts.seen(path, null)
    expect(drafts.get(path)).toMatchObject({ text: 'mine', missing: true })
    await change('back')
    expect(drafts.get(path)).toMatchObject({ text: 'mine', missing: false, newer: { text: 'back' } })
    drafts.discard(path)
    disk.delete(path)
    await drafts.seen(path, null)
    expect(drafts.get(path)).toBeUndefined()
    expect(drafts.error(path)).toMatchObject({ code: 'files.not-found' })
  })
})

it('a reload of the window asks while any file has changes, and main knows these files', async () => {
  const asks = () => {
    const event = new Event('beforeunload', { cancelable: true })
    page.leave?.(event)
    return event.defaultPrevented
  }
  setActivePinia(createPinia())
  const drafts = useFileDrafts()
  disk.set(path, 'one')
  await drafts.seen(path, 'one')
  expect(asks()).toBe(false)
  drafts.edit(path, 'mine')
  expect(asks()).toBe(true)
  await nextTick()
  expect(main.unsaved).toEqual([path])
  drafts.discard(path)
  expect(asks()).toBe(false)
  await nextTick()
  expect(main.unsaved).toEqual([])
})
