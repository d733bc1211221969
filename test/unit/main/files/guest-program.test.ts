import { PassThrough, Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { describe, expect, it } from 'vitest'
import { GuestRefusal } from '../../../../src/main/files/file-errors'
import {
  completeArchive,
  completeFile,
  lineBatches,
  openGuest,
  parseEntry,
  runGuest,
} from '../../../../src/main/files/guest-program'

const list = { verb: 'list', args: ['path=/'] } as const

function linkWith(...chunks: string[]) {
  const commands: string[] = []
  const link = {
    openCommand: (command: string) => {
      commands.push(command)
      const stream = new PassThrough()
      for (const chunk of chunks) stream.write(chunk)
      stream.end()
      return Promise.resolve(stream)
    },
    exec: () => Promise.resolve({ code: chunks.length === 1 ? 0 : 1, stdout: chunks.join(''), stderr: '' }),
  }
  return { link, commands }
}

describe('the program for files in the machine', () => {
  it('answers with a line, then with its output, however the output is cut into chunks', async () => {
    const { link, commands } = linkWith('o', 'k rw\nf 644', ' 1\nnext')
    const { answer, stream } = await openGuest(link, { verb: 'list', args: [...list.args] })
    expect(commands).toEqual(['/usr/lib/berth/files list path=/'])
    expect(answer).toBe('rw')
    expect(await text(stream)).toBe('f 644 1\nnext')
  })

  it('refuses with a reason', async () => {
    const { link } = linkWith('error failed Input%2Foutput%20error\n')
    const refused = openGuest(link, { verb: 'list', args: [] })
    await expect(refused).rejects.toBeInstanceOf(GuestRefusal)
    await expect(refused).rejects.toMatchObject({ reason: 'failed', detail: 'Input/output error' })
    await expect(runGuest(link, { verb: 'mkdir', args: [] })).rejects.toMatchObject({ reason: 'failed' })
  })

  it('has failed if it ends without an answer', async () => {
    const { link } = linkWith('o')
    await expect(openGuest(link, { verb: 'list', args: [] })).rejects.toMatchObject({ code: 'internal' })
  })

  it('prints entries', () => {
    expect(parseEntry('l 777 0 5 9 1700000000.000000001 C lib usr/lib d')).toEqual({
      name: 'lib',
      type: 'link',
      mode: 0o777,
      user: 0,
      group: 5,
      size: 9,
      changedAt: '1700000000.000000001',
      change: 'changed',
      link: 'usr/lib',
      linkType: 'folder',
    })
    expect(parseEntry('f 644 0 0 9 -1.000000000 - constructor')).toMatchObject({ name: 'constructor' })
    expect(parseEntry('f 644 0 0 9223372036854775807 -1.000000000 - sparse').size).toBe(
      Number.MAX_SAFE_INTEGER,
    )
    expect(() => parseEntry('z 644 0 0 9 1.0 - x')).toThrow()
  })

  it('prints lines, however they are cut', async () => {
    const stream = new PassThrough()
    stream.write('one\ntw')
    stream.end('o\nthree')
    const lines: string[] = []
    for await (const batch of lineBatches(stream)) lines.push(...batch)
    expect(lines).toEqual(['one', 'two'])
  })

  it('sends files and archives that fail if they are cut off', async () => {
    expect(await text(Readable.from([Buffer.from('tar'), Buffer.from('+')]).pipe(completeArchive()))).toBe(
      'tar',
    )
    await expect(text(Readable.from([Buffer.from('tar')]).pipe(completeArchive()))).rejects.toMatchObject({
      code: 'files.cut-off',
    })
    expect(await text(Readable.from([Buffer.from('12345')]).pipe(completeFile(5)))).toBe('12345')
    await expect(text(Readable.from([Buffer.from('1234')]).pipe(completeFile(5)))).rejects.toMatchObject({
      code: 'files.cut-off',
    })
  })
})
