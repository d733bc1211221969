import { Worker } from 'node:worker_threads'
import { afterEach, expect, it } from 'vitest'
import { FileServerThread } from '../../../../src/main/mounts/file-server-thread'

const threads: FileServerThread[] = []

afterEach(() => Promise.all(threads.splice(0).map((thread) => thread.close())))

/**
 * A thread that runs a script instead of the file server. Each start uses the next script, and later starts repeat the
 * last script.
 */
function threadOf(...scripts: string[]) {
  let started = 0
  const thread = new FileServerThread({ ownFolders: ['/own'] }, (workerData) => {
    const script = scripts[Math.min(started++, scripts.length - 1)] ?? ''
    const code = `const { parentPort, workerData } = require('node:worker_threads'); ${script}`
    return new Worker(code, { eval: true, workerData, resourceLimits: { maxOldGenerationSizeMb: 16 } })
  })
  threads.push(thread)
  const events: string[] = []
  for (const name of ['invalid-message', 'crash', 'closed'] as const) thread.on(name, () => events.push(name))
  return { thread, events, started: () => started }
}

const answers = `parentPort.on('message', ({ request }) => {
  parentPort.postMessage({ type: 'answer', request, value: workerData.ownFolders[0] })
})`

it('the thread gets the path of Berth’s own folder when it starts', async () => {
  const { thread } = threadOf(answers)
  expect(await thread.ask({ type: 'listen' })).toBe('/own')
})

it('invalid messages of the thread are reported and ignored', async () => {
  const invalid = ['null', '{}', '{ type: "answer" }', '{ type: "mounted", errno: "0" }', '"closed"']
  const { thread, events } = threadOf(
    `for (const each of [${invalid.join()}]) parentPort.postMessage(each); ${answers}`,
  )
  expect(await thread.ask({ type: 'listen' })).toBe('/own')
  expect(events).toEqual(invalid.map(() => 'invalid-message'))
})

it.each([
  ['throws', 'parentPort.on("message", () => { throw new Error("broken") })'],
  ['ends', 'parentPort.on("message", () => process.exit(3))'],
  [
    'exceeds its memory limit',
    'parentPort.on("message", () => { const all = []; for (;;) all.push({ all }) })',
  ],
])(
  'if the thread %s, its pending requests are rejected, and the next request starts a new thread',
  async (_, script) => {
    const { thread, events, started } = threadOf(script, answers)
    await expect(thread.ask({ type: 'listen' })).rejects.toThrow(
      'the thread that serves shared folders ended',
    )
    expect(events).toEqual(['crash'])
    expect(await thread.ask({ type: 'listen' })).toBe('/own')
    expect(started()).toBe(2)
  },
)
