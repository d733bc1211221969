import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type JournalEntry, ReplacementJournal } from '../../../../src/main/containers/replacement-journal'
import { silentLog } from '../../../support/fake-services'

const entry: JournalEntry = {
  oldId: 'old',
  name: 'web',
  parkedName: 'web-before-00000000',
  newName: 'web',
  wasRunning: true,
  startedAt: 1,
  image: 'demo:latest',
  newVolumes: ['data'],
  phase: 'changing',
}
const again = { ...entry, parkedName: 'web-before-11111111' }

describe('the journal of replacements', () => {
  let machine: string
  let journal: ReplacementJournal
  beforeEach(async () => {
    machine = await mkdtemp(join(tmpdir(), 'berth-journal-'))
    journal = new ReplacementJournal({ paths: { machine }, log: silentLog })
  })
  afterEach(() => rm(machine, { recursive: true }))

  it('has one unfinished replacement of a container', async () => {
    await journal.put(entry)
    await journal.put({ ...entry, newId: 'new' })
    expect(await journal.entries()).toEqual([{ ...entry, newId: 'new' }])
    await journal.put(again)
    expect(await journal.entries()).toEqual([again])
    await journal.remove(again)
    expect(await journal.entries()).toEqual([])
  })

  it('keeps what is left of an earlier replacement during the next one', async () => {
    const left: JournalEntry = { ...entry, phase: 'restored', restoredAt: 2 }
    await journal.put(entry)
    await journal.put(left)
    await journal.put(again)
    expect(await journal.entries()).toEqual([left, again])
    await journal.remove(again)
    expect(await journal.entries()).toEqual([left])
  })
})
