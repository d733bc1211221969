import { describe, expect, it } from 'vitest'
import { carriers } from '../support/carriers'
import { connectedOver } from '../support/contract-host'
import { fakeTask } from '../support/fake-task'

describe.each(carriers)('compose over $name', { timeout: 30_000 }, (carrier) => {
  const test = connectedOver(carrier)

  it('opens, changes and forgets a project, and returns the task of an action', async () => {
    const { compose } = test.client
    await expect(compose.open({ path: '~/shop' })).resolves.toEqual({ name: 'shop' })
    await compose.configure({ name: 'shop', setup: { files: [], envFiles: [], profiles: ['dev'] } })
    const run = { action: 'stop' as const, services: ['web'] }
    await expect(compose.run({ name: 'shop', run })).resolves.toEqual({ taskId: fakeTask.id })
    await compose.forget({ name: '이름 <b>' })
    expect(test.services.calls).toEqual([
      'compose.open ~/shop',
      'compose.configure shop',
      'compose.run shop stop',
      'compose.forget 이름 <b>',
    ])
  })

  it('sends the projects and the check of a project’s files', async () => {
    const { compose } = test.client
    for await (const projects of await compose.watch()) {
      expect(projects).toEqual([])
      break
    }
    for await (const check of await compose.check({ name: 'shop' })) {
      expect(check).toEqual({ services: [], error: null })
      break
    }
  })

  it('refuses names that compose would read as options, and other values that it would refuse', async () => {
    const { compose } = test.client
    const setup = { files: [], envFiles: [], profiles: [] }
    const refused = [
      compose.run({ name: 'shop', run: { action: 'stop', services: ['--file=/etc/passwd'] } }),
      compose.run({ name: 'shop', run: { action: 'stop', services: ['a b'] } }),
      compose.run({ name: 'shop', run: { action: 'scale', service: 'web', replicas: -1 } }),
      compose.run({ name: '', run: { action: 'down', volumes: true, images: false } }),
      compose.configure({ name: 'shop', setup: { ...setup, profiles: ['-f'] } }),
      compose.configure({ name: 'shop', setup: { ...setup, files: ['/a\0b'] } }),
      compose.open({ path: '' }),
    ]
    for (const call of refused) await expect(call).rejects.toMatchObject({ data: { code: 'input.invalid' } })
    expect(test.services.calls).toEqual([])
  })
})
