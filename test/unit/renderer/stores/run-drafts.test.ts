import { createPinia, setActivePinia } from 'pinia'
import { beforeEach, describe, expect, it } from 'vitest'
import { useRunDrafts } from '../../../../src/renderer/stores/run-drafts'
import { completeSpec } from '../../../../src/shared/run'

const settings = (hostname: string) => ({
  ...completeSpec({
    ...{ image: 'app', command: [], environment: [], ports: [], volumes: [] },
    ...{ autoRemove: false, tty: false },
  }),
  ...{ name: 'web', hostname },
})

describe('the form of an edit', () => {
  beforeEach(() => {
    setActivePinia(createPinia())
  })

  it('takes over what the container’s settings are now if the user has changed nothing', () => {
    const drafts = useRunDrafts()
    drafts.forEdit('id', settings('before'), 'change')
    drafts.refreshEdit('id', settings('after'))
    expect(drafts.get('id')).toMatchObject({
      ...{ form: { hostname: 'after' }, base: { hostname: 'after' }, changeId: 'change' },
    })
  })

  it('keeps the user’s input, and compares it with what the settings are now', () => {
    const drafts = useRunDrafts()
    drafts.forEdit('id', settings('before'))
    const draft = drafts.get('id')
    if (draft !== undefined) draft.form.user = 'root'
    drafts.refreshEdit('id', settings('after'))
    expect(drafts.get('id')).toMatchObject({
      ...{ form: { hostname: 'before', user: 'root' }, base: { hostname: 'after', user: '' } },
    })
    expect(drafts.get('id')?.untouched).toContain('"hostname":"after"')
  })
})
