import { describe, expect, it } from 'vitest'
import { BerthError } from '../../src/shared/errors'
import { carriers } from '../support/carriers'
import { connectedOver } from '../support/contract-host'
import { eventually } from '../support/eventually'

describe.each(carriers)('Learn over $name', { timeout: 30_000 }, (carrier) => {
  const test = connectedOver(carrier)

  it('sends its state, and again after a change', async () => {
    const states = await test.client.learn.watch()
    const empty = { lesson: null, results: [], folder: null, leftovers: [] }
    expect((await states.next()).value).toEqual(empty)
    test.services.learn.emit('change')
    expect((await states.next()).value).toEqual(empty)
  })

  it('passes the calls on, and refuses a lesson that does not exist', async () => {
    const { learn } = test.client
    await learn.open({ id: 'hello' })
    await learn.skip({ id: 'exec' })
    await learn.again({ id: 'stop' })
    expect(await learn.useFolder({ path: '~/example' })).toEqual({ folder: '~/example' })
    await learn.ask()
    const objects = [{ kind: 'container' as const, id: 'abc' }]
    expect(await learn.cleanUp({ objects })).toEqual({ removed: 1 })
    await learn.startOver()
    await expect(learn.open({ id: '__proto__' as 'hello' })).rejects.toThrow()
    await expect(learn.useFolder({ path: '' })).rejects.toThrow()
    await eventually(() => {
      expect(test.services.calls).toEqual([
        ...['learn.open hello', 'learn.skip exec', 'learn.again stop', 'learn.useFolder ~/example'],
        ...['learn.ask', 'learn.cleanUp container abc', 'learn.startOver'],
      ])
    })
  })

  it('reports the code of a failure', async () => {
    test.services.failure = new BerthError('learn.not-published')
    await expect(test.client.learn.ask()).rejects.toMatchObject({ data: { code: 'learn.not-published' } })
  })
})
