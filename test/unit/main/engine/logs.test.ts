import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { EngineClient } from '../../../../src/main/engine/client'
import { containerLogs } from '../../../../src/main/engine/logs'
import type { LogEntry } from '../../../../src/shared/sessions'
import { answer, EngineServer, frame } from '../../../support/engine-server'

const stamp = '2026-11-20T22:00:00.000000000Z'
const route = 'GET /containers/c1/logs'

describe('containerLogs', () => {
  let server: EngineServer
  let client: EngineClient

  beforeEach(async () => {
    server = await EngineServer.listen()
    client = new EngineClient(server.link)
  })
  afterEach(async () => {
    client.close()
    await server.close()
  })

  function logs(
    options: { tty?: boolean; follow?: boolean; signal?: AbortSignal } = {},
  ): AsyncGenerator<LogEntry[], void> {
    return containerLogs(
      client,
      { id: 'c1', tty: options.tty ?? false },
      { tail: 10, follow: options.follow ?? true, signal: options.signal },
    )
  }

  async function all(source: AsyncIterable<LogEntry[]>): Promise<string[]> {
    const lines: string[] = []
    for await (const batch of source) lines.push(...batch.map(({ stream, text }) => `${stream}: ${text}`))
    return lines
  }

  it('requests the last lines with timestamps and separates the streams', async () => {
    server.routes.set(route, (_request, response) => {
      response.write(frame(1, `${stamp} one\n`))
      response.write(frame(2, `${stamp} two\n`))
      response.end(frame(1, `${stamp} three`))
    })
    expect(await all(logs())).toEqual(['stdout: one', 'stderr: two', 'stdout: three'])
    expect(server.requests).toEqual([`${route}?stdout=true&stderr=true&timestamps=true&tail=10&follow=true`])
  })

  it('reads the raw log of a container with a terminal', async () => {
    server.routes.set(route, (_request, response) => response.end(`${stamp} one\r\n${stamp} two`))
    expect(await all(logs({ tty: true }))).toEqual(['stdout: one', 'stdout: two'])
  })

  it('returns a line as soon as it has arrived', async () => {
    server.routes.set(route, (_request, response) => response.write(frame(1, `${stamp} first\n`)))
    const source = logs()
    expect((await source.next()).value).toMatchObject([{ text: 'first' }])
    await source.return()
  })

  it('pauses the engine while the caller takes no lines, and loses none', async () => {
    const total = 40_000
    const line = 'x'.repeat(1000)
    let sent = 0
    server.routes.set(route, (_request, response) => {
      const write = () => {
        while (sent < total) if (!response.write(frame(1, `${stamp} ${String(sent++)} ${line}\n`))) return
        response.end()
      }
      response.on('drain', write)
      write()
    })
    const source = logs()
    const first = await source.next()
    // Nothing more can be on its way than what the buffers between here and the engine hold.
    let before = -1
    await expect
      .poll(
        () => {
          const still = sent === before
          before = sent
          return still
        },
        { interval: 50 },
      )
      .toBe(true)
    expect(sent).toBeLessThan(total / 4)
    const rest = await all(source)
    expect((first.value?.length ?? 0) + rest.length).toBe(total)
    expect(rest.at(-1)).toContain(` ${String(total - 1)} `)
  })

  it('returns lines in batches of limited size', async () => {
    server.routes.set(route, (_request, response) => {
      for (let line = 0; line < 200; line++) response.write(frame(1, `${stamp} ${'x'.repeat(1000)}\n`))
      response.end()
    })
    for await (const batch of logs()) expect(batch.length).toBeLessThanOrEqual(33)
  })

  it('closes the connection when the reader leaves', async () => {
    let closed = false
    server.routes.set(route, (_request, response) => {
      response.on('close', () => (closed = true))
      response.write(frame(1, `${stamp} one\n`))
    })
    const source = logs()
    await source.next()
    await source.return()
    await expect.poll(() => closed).toBe(true)
  })

  it('ends without an error when it is aborted', async () => {
    const abort = new AbortController()
    server.routes.set(route, (_request, response) => response.write(frame(1, `${stamp} one\n`)))
    const source = logs({ signal: abort.signal })
    await source.next()
    abort.abort()
    expect(await source.next()).toEqual({ done: true, value: undefined })
  })

  it('reports a connection that breaks, after the lines before it', async () => {
    server.routes.set(route, (_request, response) => response.write(frame(1, `${stamp} one\n`)))
    const source = logs({ follow: false })
    await source.next()
    server.dropConnections()
    await expect(source.next()).rejects.toMatchObject({ code: 'engine.unreachable' })
  })

  it('continues behind its last message when it is followed, without a gap or a repetition', async () => {
    const same = '2026-11-20T22:00:01.5Z'
    const parts = [
      // The second message at this moment is cut in its middle.
      [frame(1, `${stamp} one\n`), frame(1, `${same} two\n`), frame(1, `${same} three\n`).subarray(0, 12)],
      [frame(1, `${same} two\n`), frame(1, `${same} three\n`), frame(2, `${same} four\n`)],
    ]
    server.routes.set(route, (_request, response) => {
      const part = parts.shift()
      for (const bytes of part ?? []) response.write(bytes)
      if (parts.length === 0) response.end()
    })
    const source = logs()
    const texts: string[] = []
    for await (const batch of source) {
      texts.push(...batch.map(({ text }) => text))
      if (texts.length === 2) server.dropConnections()
    }
    expect(texts).toEqual(['one', 'two', 'three', 'four'])
    const since = String(Date.parse(same) / 1000 - 0.5)
    expect(server.requests[1]).toContain(`since=${since}.500000000`)
  })

  it('reports an unknown container', async () => {
    server.routes.set(route, (_request, response) => {
      answer(response, 404, { message: 'No such container: c1' })
    })
    await expect(all(logs())).rejects.toMatchObject({
      code: 'container.not-found',
      params: { container: 'c1' },
    })
  })
})
