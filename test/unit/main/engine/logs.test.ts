import type { ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { EngineClient } from '../../../../src/main/engine/client'
import { containerLogs } from '../../../../src/main/engine/logs'
import { OutputWatches } from '../../../../src/main/engine/output-watches'
import type { LogBatch } from '../../../../src/shared/sessions'
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
    options: { tty?: boolean; follow?: boolean; after?: string; signal?: AbortSignal } = {},
  ): AsyncGenerator<LogBatch, void> {
    return containerLogs(
      client,
      new OutputWatches(client),
      { id: 'c1', tty: options.tty ?? false },
      { tail: 10, follow: options.follow ?? true, after: options.after, signal: options.signal },
    )
  }

  /** Requests for the log, without those that attach to the output. */
  function logRequests(): string[] {
    return server.requests.filter((request) => request.startsWith(route))
  }

  async function all(source: AsyncIterable<LogBatch>): Promise<string[]> {
    const lines: string[] = []
    for await (const { entries } of source)
      lines.push(...entries.map(({ stream, text }) => `${stream}: ${text}`))
    return lines
  }

  async function batches(source: AsyncIterable<LogBatch>): Promise<LogBatch[]> {
    const result: LogBatch[] = []
    for await (const batch of source) result.push(batch)
    return result
  }

  it('requests the last lines with timestamps and separates the streams', async () => {
    server.routes.set(route, (_request, response) => {
      response.write(frame(1, `${stamp} one\n`))
      response.write(frame(2, `${stamp} two\n`))
      response.end(frame(1, `${stamp} three`))
    })
    expect(await all(logs())).toEqual(['stdout: one', 'stderr: two', 'stdout: three'])
    expect(logRequests()).toEqual([`${route}?stdout=true&stderr=true&timestamps=true&tail=10&follow=true`])
  })

  it('reads the raw log of a container with a terminal', async () => {
    server.routes.set(route, (_request, response) => response.end(`${stamp} one\r\n${stamp} two`))
    expect(await all(logs({ tty: true }))).toEqual(['stdout: one', 'stdout: two'])
  })

  it('returns a line as soon as it has arrived', async () => {
    server.routes.set(route, (_request, response) => response.write(frame(1, `${stamp} first\n`)))
    const source = logs()
    expect((await source.next()).value).toMatchObject({ entries: [{ text: 'first' }] })
    await source.return()
  })

  it('pauses the engine while the caller takes no lines, and loses no line', async () => {
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
    // The engine can send no more than the buffers between the engine and this test hold. Wait until these buffers are
    // full.
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
    expect((first.value?.entries.length ?? 0) + rest.length).toBe(total)
    expect(rest.at(-1)).toContain(` ${String(total - 1)} `)
  })

  it('returns lines in batches of limited size', async () => {
    server.routes.set(route, (_request, response) => {
      for (let line = 0; line < 200; line++) response.write(frame(1, `${stamp} ${'x'.repeat(1000)}\n`))
      response.end()
    })
    for await (const { entries } of logs()) expect(entries.length).toBeLessThanOrEqual(33)
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

  it('reports a broken connection after the lines that arrived before', async () => {
    server.routes.set(route, (_request, response) => response.write(frame(1, `${stamp} one\n`)))
    const source = logs({ follow: false })
    await source.next()
    server.dropConnections()
    await expect(source.next()).rejects.toMatchObject({ code: 'engine.unreachable' })
  })

  it('continues after its last message when the connection breaks, without a gap or a repetition', async () => {
    const same = '2026-11-20T22:00:01.5Z'
    const parts = [
      // The connection breaks inside the second message with the timestamp `same`.
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
    for await (const { entries } of source) {
      texts.push(...entries.map(({ text }) => text))
      if (texts.length === 2) server.dropConnections()
    }
    expect(texts).toEqual(['one', 'two', 'three', 'four'])
    const since = String(Date.parse(same) / 1000 - 0.5)
    expect(logRequests()[1]).toContain(`since=${since}.500000000`)
  })

  it('can begin after the position that an earlier log has reached', async () => {
    server.routes.set(route, (_request, response) => {
      response.write(frame(1, `${stamp} one\n`))
      response.end(frame(1, `${stamp} two\n`))
    })
    const [batch] = await batches(logs())
    expect(batch?.position).toBe(`${stamp}#2`)
    server.routes.set(route, (_request, response) => {
      for (const text of ['one', 'two', 'three']) response.write(frame(1, `${stamp} ${text}\n`))
      response.end()
    })
    expect(await all(logs({ after: batch?.position ?? '' }))).toEqual(['stdout: three'])
    expect(logRequests()[1]).toContain(`since=${String(Date.parse(stamp) / 1000)}.000000000&follow=true`)
  })

  it('gives a position only with the last batch of a message', async () => {
    server.routes.set(route, (_request, response) =>
      response.end(frame(1, `${stamp} ${'x'.repeat(40_000)}\n${'y'.repeat(40_000)}\nend\n`)),
    )
    const positions = (await batches(logs())).map(({ position }) => position)
    expect(positions).toEqual([undefined, undefined, `${stamp}#1`])
  })

  describe('with an unfinished line', () => {
    const attach = 'POST /containers/c1/attach'
    let output: Duplex

    /** Follows a log whose container has written `first` to its output. */
    function followed(first: Buffer, { tty } = { tty: false }) {
      const open = (stream: Duplex) => {
        output = stream
        stream.on('error', () => undefined).write(first)
      }
      server.upgrades.set(attach, { framed: !tty, open })
      const log = new Promise<ServerResponse>((resolve) => {
        server.routes.set(route, (_request, response) => {
          response.flushHeaders()
          resolve(response)
        })
      })
      const source = logs({ tty })
      const next = async () => (await source.next()).value?.entries
      return { source, log, next }
    }

    it('shows a prompt while the container waits for input, and replaces the prompt by the whole line', async () => {
      const { source, log, next } = followed(frame(1, 'Hello\nName: '))
      expect(await next()).toMatchObject([{ stream: 'stdout', text: 'Name: ', part: 'open' }])
      output.write(frame(1, 'world\n'))
      ;(await log).write(frame(1, `${stamp} Name: world\n`))
      const entries = await next()
      expect(entries?.at(-1)).toMatchObject({ text: 'Name: world' })
      expect(entries?.at(-1)?.part).toBeUndefined()
      await source.return()
    })

    it('shows a prompt that was written before the log was opened, although the log is empty', async () => {
      const open = (stream: Duplex) => stream.on('error', () => undefined).write(frame(1, 'Name: '))
      server.upgrades.set(attach, { framed: true, open })
      server.routes.set(route, (_request, response) => {
        response.flushHeaders()
      })
      const watches = new OutputWatches(client)
      await watches.begin('c1')
      const { lines, release } = watches.follow('c1', () => undefined)
      await expect.poll(() => lines.after('stdout', 0).length).toBe(6)
      const source = containerLogs(client, watches, { id: 'c1', tty: false }, { tail: 10, follow: true })
      expect((await source.next()).value?.entries).toMatchObject([{ text: 'Name: ', part: 'open' }])
      release()
      await source.return()
    })

    it('shows a prompt after the prompt that the container’s previous run has left in the log', async () => {
      const { source, log, next } = followed(frame(1, 'Name: '))
      expect((await next())?.at(-1)?.text).toBe('Name: ')
      ;(await log).write(frame(1, `${stamp} Name: `))
      expect((await next())?.at(-1)?.text).toBe('Name: Name: ')
      await source.return()
    })

    it('shows the prompt of a terminal', async () => {
      const { source, next } = followed(Buffer.from('$ '), { tty: true })
      expect(await next()).toMatchObject([{ text: '$ ', part: 'open' }])
      await source.return()
    })

    it('shows the unfinished lines of both streams separately', async () => {
      const { source, next } = followed(Buffer.concat([frame(2, 'err'), frame(1, 'out')]))
      expect(await next()).toMatchObject([
        { stream: 'stdout', text: 'out', part: 'open' },
        { stream: 'stderr', text: 'err', part: 'open' },
      ])
      await source.return()
    })

    it('shows the latest texts of a progress bar', async () => {
      const { source, next } = followed(frame(1, Array.from({ length: 100 }, (_, i) => `\r${i}%`).join('')))
      expect(await next()).toMatchObject([{ text: '\r97%\r98%\r99%', part: 'open' }])
      await source.return()
    })

    it('joins the beginning of a long line in the log with its rest in the output', async () => {
      const { source, log, next } = followed(frame(1, `${'a'.repeat(16_384)}bcd`))
      expect((await next())?.at(-1)?.text).toMatch(/^a{4093}bcd$/)
      ;(await log).write(frame(1, `${stamp} ${'a'.repeat(16_384)}`))
      output.write(frame(1, 'ef'))
      expect((await next())?.at(-1)?.text).toMatch(/^a{4091}bcdef$/)
      await source.return()
    })

    it('shows the line again after older lines have arrived from the log', async () => {
      const { source, log, next } = followed(frame(1, 'Name: '))
      await next()
      ;(await log).write(frame(1, `${stamp} an older line\n`))
      expect(await next()).toMatchObject([{ text: 'an older line' }])
      expect(await next()).toMatchObject([{ text: 'Name: ', part: 'open' }])
      await source.return()
    })

    it('removes the line when the log ends without that line', async () => {
      const { log, next } = followed(frame(1, 'lost'))
      await next()
      ;(await log).end()
      expect(await next()).toMatchObject([{ text: '', part: 'open' }])
      expect(await next()).toBeUndefined()
    })

    it('takes a flood of output from the log alone, and attaches to the output again after the flood', async () => {
      const { source, log, next } = followed(frame(1, 'x'.repeat(300_000)))
      const entries = next()
      const attachments = () => server.requests.filter((request) => request.startsWith(attach)).length
      await expect.poll(attachments).toBe(2)
      ;(await log).write(frame(1, `${stamp} end\n`))
      await entries
      await source.return()
    })
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
