import { createHash } from 'node:crypto'
import { EventEmitter } from 'node:events'
import pino from 'pino'
import { beforeEach, describe, expect, it } from 'vitest'
import { FileCopies } from '../../../../src/main/mounts/file-copies'

/** This computer's files, and the copies in the machine. */
let own: Record<string, string>
let copies: Map<string, string>
/** The path that the machine cannot write. */
let unwritable: string | undefined
let link: EventEmitter
const place = '/run/host-files'

beforeEach(() => {
  own = { '/etc/localtime': 'TZif2 of Seoul', '/etc/timezone': 'Asia/Seoul\n', '/etc/passwd': 'me:x:1000' }
  copies = new Map()
  unwritable = undefined
  link = Object.assign(new EventEmitter(), {
    exec: (command: string, { input }: { input?: Buffer }) => {
      const written = /^f=(\S+);/.exec(command)?.[1]
      if (written !== undefined && input) {
        const path = written.slice('/var/lib/berth/host'.length)
        if (path === unwritable) return Promise.resolve({ code: 1, stdout: '', stderr: 'read-only' })
        copies.set(path, input.toString('latin1'))
      }
      const hash = (content: string) => createHash('sha256').update(content).digest('hex')
      const list = [...copies].map(([path, content]) => `${hash(content)}  .${path}\n`).join('')
      return Promise.resolve({ code: 0, stdout: written === undefined ? list : '', stderr: '' })
    },
  })
})

function fileCopies(platform: NodeJS.Platform = 'linux', lookMs = 60_000): FileCopies {
  const read = (path: string) => {
    const content = own[path]
    return content === undefined ? Promise.reject(new Error(path)) : Promise.resolve(Buffer.from(content))
  }
  return new FileCopies({ link: link as never, log: pino({ level: 'silent' }), platform, read, lookMs })
}

describe('small files of this computer', () => {
  it('are copied when a bind mount names them', async () => {
    expect(await fileCopies().copy('/etc/passwd')).toBe(`${place}/etc/passwd`)
    expect(copies.get('/etc/passwd')).toBe('me:x:1000')
  })

  it('are not copied if this computer does not have them, so that the bind mount uses the machine’s own files', async () => {
    const files = fileCopies()
    for (const path of ['/etc/machine-id', '/etc/resolv.conf', '/etc/ssl/certs'])
      expect(await files.copy(path)).toBeUndefined()
    expect(await fileCopies('win32').copy('/etc/passwd')).toBeUndefined()
    expect(copies.size).toBe(0)
  })

  it.each([
    '/etc/ssl/certs/ca-certificates.crt',
    '/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem',
    '/etc/ssl/cert.pem',
  ])('include the certificates of %s', async (bundle) => {
    own[bundle] = 'certificates'
    const files = fileCopies()
    expect(await files.copy('/etc/ssl/certs')).toBe(`${place}/etc/ssl/certs`)
    expect(await files.copy('/etc/ssl/certs/ca-certificates.crt')).toBe(
      `${place}/etc/ssl/certs/ca-certificates.crt`,
    )
    expect(copies.get('/etc/ssl/certs/ca-certificates.crt')).toBe('certificates')
  })

  it('are updated when the machine connects, if a bind mount has named them or if they set the time zone', async () => {
    copies.set('/etc/passwd', 'old')
    own['/etc/hosts'] = 'not asked for'
    fileCopies()
    link.emit('up')
    await expect.poll(() => copies.get('/etc/passwd')).toBe('me:x:1000')
    expect([...copies.keys()].sort()).toEqual(['/etc/localtime', '/etc/passwd', '/etc/timezone'])
  })

  it('are updated even if another file cannot be written', async () => {
    copies.set('/etc/passwd', 'old')
    unwritable = '/etc/localtime'
    fileCopies()
    link.emit('up')
    await expect.poll(() => copies.get('/etc/passwd')).toBe('me:x:1000')
  })
})

describe('the time zone', () => {
  it('is this computer’s time zone, and has the same path in the machine', async () => {
    expect(await fileCopies().copy('/etc/localtime')).toBe('/etc/localtime')
    expect(await fileCopies().copy('/etc/timezone')).toBe('/etc/timezone')
    expect(copies.get('/etc/localtime')).toBe('TZif2 of Seoul')
  })

  it('changes with this computer’s time zone while the machine runs', async () => {
    fileCopies('linux', 10)
    link.emit('up')
    await expect.poll(() => copies.get('/etc/localtime')).toBe('TZif2 of Seoul')
    own['/etc/localtime'] = 'TZif2 of Berlin'
    await expect.poll(() => copies.get('/etc/localtime')).toBe('TZif2 of Berlin')
    link.emit('down')
  })

  it('is generated if the system has no time zone file', async () => {
    await fileCopies('win32').copy('/etc/localtime')
    await fileCopies('win32').copy('/etc/timezone')
    expect(copies.get('/etc/localtime')).toMatch(/^TZif2/)
    expect(copies.get('/etc/timezone')).toBe(`${Intl.DateTimeFormat().resolvedOptions().timeZone}\n`)
  })
})
