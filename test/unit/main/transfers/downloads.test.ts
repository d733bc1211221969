import { once } from 'node:events'
import { PassThrough, Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Downloads } from '../../../../src/main/transfers/downloads'
import { silentLog } from '../../../support/fake-services'

let downloads: Downloads
let connection: AbortController

beforeEach(() => {
  downloads = new Downloads({ log: silentLog })
  connection = new AbortController()
})
afterEach(() => {
  vi.useRealTimers()
})

function offer(stream: Readable, options: { name?: string; bytes?: number } = {}) {
  return downloads.offer(
    { closed: connection.signal },
    { name: 'a.tar', ...options, open: () => Promise.resolve(stream) },
  )
}

describe('a download', () => {
  it('has the content and the length of the file', async () => {
    const { url } = await offer(Readable.from(['archive']), { bytes: 7 })
    const taken = downloads.take(url)
    expect(taken?.headers['Content-Length']).toBe('7')
    expect(await text(taken?.stream ?? Readable.from([]))).toBe('archive')
  })

  it('counts as open until its stream is closed', async () => {
    const { url } = await offer(Readable.from(['archive']))
    const taken = downloads.take(url)
    expect(downloads.open).toBe(1)
    await text(taken?.stream ?? Readable.from([]))
    expect(downloads.open).toBe(0)
  })

  it('can be taken once', async () => {
    const { url } = await offer(Readable.from(['archive']))
    expect(downloads.take(url)).toBeDefined()
    expect(downloads.take(url)).toBeUndefined()
  })

  it('has a URL that nobody can guess from another one', async () => {
    const urls = await Promise.all([offer(Readable.from([])), offer(Readable.from([]))])
    expect(urls[0].url).not.toBe(urls[1].url)
    expect(downloads.take('/downloads/')).toBeUndefined()
  })

  it('rejects with the error of a file that cannot be opened', async () => {
    const open = () => Promise.reject(new Error('no such container'))
    await expect(downloads.offer({ closed: connection.signal }, { name: 'a', open })).rejects.toThrow(
      'no such container',
    )
  })

  it('ends its source if the page’s connection closes', async () => {
    const stream = new PassThrough()
    const { url } = await offer(stream)
    connection.abort()
    await once(stream, 'close')
    expect(downloads.take(url)).toBeUndefined()
  })

  it('ends its source if no request comes within a minute', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const stream = new PassThrough()
    const { url } = await offer(stream)
    vi.advanceTimersByTime(60_000)
    await once(stream, 'close')
    expect(downloads.take(url)).toBeUndefined()
  })

  it('may take longer than a minute', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const stream = new PassThrough()
    const { url } = await offer(stream)
    downloads.take(url)
    vi.advanceTimersByTime(600_000)
    expect(stream.destroyed).toBe(false)
    stream.destroy()
  })

  it('aborts the signal of its source when the browser cancels', async () => {
    let aborted: AbortSignal | undefined
    const { url } = await downloads.offer(
      { closed: connection.signal },
      {
        name: 'a.tar',
        open: (signal) => {
          aborted = signal
          return Promise.resolve(new PassThrough())
        },
      },
    )
    const stream = downloads.take(url)?.stream
    stream?.destroy()
    await once(stream ?? new PassThrough(), 'close')
    expect(aborted?.aborted).toBe(true)
  })
})

describe('the header Content-Disposition', () => {
  it.each([
    ['web.tar', 'web.tar'],
    ['a b".tar', 'a%20b%22.tar'],
    ["it's (1)*.tar", 'it%27s%20%281%29%2A.tar'],
    ['한글.tar', '%ED%95%9C%EA%B8%80.tar'],
    ['../../etc/passwd', '.._.._etc_passwd'],
    ['a\r\nX-Evil: 1', 'a%0D%0AX-Evil%3A%201'],
    ['a\uD800b', 'a_b'],
  ])('names %j as %s', async (name, encoded) => {
    const { url } = await offer(Readable.from([]), { name })
    expect(downloads.take(url)?.headers['Content-Disposition']).toBe(
      `attachment; filename*=UTF-8''${encoded}`,
    )
  })
})
