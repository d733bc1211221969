import { spawn } from 'node:child_process'
import { appendFileSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Duplex } from 'node:stream'
import { execa } from 'execa'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { LogReader, type ReaderLink } from '../../../../src/main/logs/log-reader'
import { logSearch } from '../../../../src/shared/log-query'
import type { LogRecord } from '../../../../src/shared/logs'

const id = 'a'.repeat(64)
const start = Date.UTC(2026, 10, 20)

/** The program of the guest image, compiled for this computer. It reads a folder of this test. */
describe.skipIf(process.platform !== 'linux')('the log reader of the machine', () => {
  let folder: string
  let file: string
  let reader: LogReader
  let link: ReaderLink

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'berth-log-reader-'))
    const own = join(folder, 'docker/containers', id)
    mkdirSync(own, { recursive: true })
    file = join(own, `${id}-json.log`)
    writeFileSync(join(folder, 'guest-constants.h'), `#define GUEST_PATH_DATA "${folder}"\n`)
    const program = join(folder, 'log-reader')
    const sources = ['log-reader.c', 'log-files.c'].map((name) => `vm-assets/agent/logs/${name}`)
    await execa('cc', [
      '-O1',
      '-fsanitize=address,undefined',
      '-DMATCHING_TIME=1',
      `-I${folder}`,
      '-o',
      program,
      ...sources,
    ])
    writeFileSync(`${file}.1`, records(0, 500))
    writeFileSync(file, records(500, 1_000))
    link = {
      openCommand: () => {
        const child = spawn(program, { stdio: ['pipe', 'pipe', 'inherit'] })
        // As the streams of the real link, this one closes without an error when the program ends.
        const stream = new Duplex({
          read: () => undefined,
          write: (chunk: Buffer, _encoding, done) => {
            child.stdin.write(chunk, done)
          },
          destroy: (error, done) => {
            child.kill()
            done(error)
          },
        })
        child.stdin.on('error', () => undefined)
        child.stdout.on('data', (chunk: Buffer) => stream.push(chunk))
        child.on('close', () => {
          stream.destroy()
        })
        return Promise.resolve(stream)
      },
    }
    reader = await LogReader.open(link)
    await reader.setContainers(0, [id])
  }, 60_000)
  afterAll(() => {
    reader.close()
    rmSync(folder, { recursive: true })
  })

  function records(from: number, to: number): string {
    return Array.from({ length: to - from }, (_, index) => record(from + index)).join('')
  }
  function record(index: number): string {
    const level = index % 100 === 0 ? 'ERROR "é"' : 'fine'
    const time = new Date(start + index * 1_000).toISOString()
    return `${JSON.stringify({ log: `line ${String(index)} ${level}\n`, stream: 'stdout', time })}\n`
  }
  function first(lines: readonly LogRecord[]): string | undefined {
    return lines[0]?.text.split(' ').slice(0, 2).join(' ')
  }
  async function found(
    text: string,
    isRegex = false,
    from = reader,
    positions: number[] = [],
  ): Promise<string[]> {
    const { signal } = new AbortController()
    const hits: string[] = []
    const search = logSearch({ text, isRegex, matchCase: true })
    for await (const event of from.search(search, { positions, limit: 5_000, signal }))
      hits.push(...event.hits.map((hit) => hit.text))
    return hits
  }

  it('reads both files as one log, in both directions', async () => {
    const forward = await reader.read('newer', { positions: [0], count: 2_000 })
    expect(forward.lines).toHaveLength(1_000)
    expect([forward.atStart, forward.atEnd]).toEqual([false, true])
    const backward = await reader.read('older', { positions: forward.positions, count: 2_000 })
    expect(backward.lines).toEqual(forward.lines)
    expect(backward.atStart).toBe(true)
  })

  it.each([0, 1, 250.5, 499, 500, 999])('finds the moment of line %d', async (index) => {
    const positions = await reader.seekTime(start + index * 1_000)
    const { lines } = await reader.read('newer', { positions, count: 1 })
    expect(first(lines)).toBe(`line ${String(Math.ceil(index))}`)
  })

  it('searches for texts, expressions and levels, newest first', async () => {
    expect(await found('line 70')).toHaveLength(11)
    expect(await found('^line [0-9]00 .*é"$', true)).toHaveLength(9)
    expect(await found('nothing|line 12 ', true)).toEqual(['line 12 fine'])
    expect((await found('level=error')).slice(0, 2)).toEqual(['line 900 ERROR "é"', 'line 800 ERROR "é"'])
    await expect(found('(', true)).rejects.toMatchObject({ code: 'logs.pattern-invalid' })
  })

  it('keeps its positions when the engine rotates the files, and reads only whole records', async () => {
    const { positions } = await reader.read('newer', { positions: [0], count: 5_000 })
    renameSync(file, `${file}.2`)
    writeFileSync(file, records(1_000, 1_010) + record(1_010).slice(0, 30))
    const page = await reader.read('newer', { positions, count: 100 })
    expect([first(page.lines), page.lines.length, page.atEnd]).toEqual(['line 1000', 10, true])
    appendFileSync(file, record(1_010).slice(30))
    const rest = await reader.read('newer', { positions: page.positions, count: 100 })
    expect(rest.lines.map(({ text }) => text)).toEqual(['line 1010 fine'])
  })

  describe('of a container of its own', () => {
    let own: LogReader
    let ownId = 'b'.repeat(64)
    let ownFile: string

    beforeEach(async () => {
      ownId = (Number.parseInt(ownId.slice(0, 4), 16) + 1).toString(16).repeat(16)
      const ownFolder = join(folder, 'docker/containers', ownId)
      mkdirSync(ownFolder)
      ownFile = join(ownFolder, `${ownId}-json.log`)
      own = await LogReader.open(link)
    })
    afterEach(() => {
      own.close()
    })

    it('reports new lines and new files, at most one report until they are read', async () => {
      let grown = 0
      writeFileSync(ownFile, records(0, 3))
      await own.setContainers(0, [ownId])
      let { positions } = await own.watch(() => {
        grown += 1
      })
      appendFileSync(ownFile, record(3))
      await vi.waitFor(() => {
        expect(grown).toBe(1)
      })
      ;({ positions } = await own.read('newer', { positions, count: 100 }))
      renameSync(ownFile, `${ownFile}.1`)
      for (const index of [4, 5, 6]) appendFileSync(ownFile, record(index))
      await vi.waitFor(() => {
        expect(grown).toBe(2)
      })
      await vi.waitFor(async () => {
        const { lines } = await own.read('newer', { positions, count: 100 })
        expect(lines.map(({ text }) => text)).toEqual(['line 4 fine', 'line 5 fine', 'line 6 fine'])
      })
    })

    it('ends a search whose expression takes too long', async () => {
      writeFileSync(
        ownFile,
        `${JSON.stringify({ log: `${'a'.repeat(5_000)}\n`, time: '2026-11-20T00:00:00Z' })}\n`,
      )
      await own.setContainers(0, [ownId])
      const search = found(String.raw`(a*)(a*)(a*)(a*)\1\2\3\4b`, true, own)
      await expect(search).rejects.toMatchObject({ code: 'logs.search-too-hard' })
      const reopened = await LogReader.open(link)
      await reopened.setContainers(0, [ownId])
      expect(await found('aaa', false, reopened)).toHaveLength(1)
      reopened.close()
    })

    it('searches from a position inside a record, and from one beyond the end', async () => {
      writeFileSync(ownFile, records(0, 3))
      await own.setContainers(0, [ownId])
      expect(await found('line', false, own, [10])).toEqual([])
      expect(await found('line', false, own, [1_000_000])).toHaveLength(3)
    })

    it('leaves out a record that the engine has not finished', async () => {
      writeFileSync(ownFile, records(0, 2) + record(2).slice(0, 30))
      const { positions } = await own.setContainers(0, [ownId])
      expect(await found('line', false, own)).toHaveLength(2)
      appendFileSync(ownFile, record(2).slice(30) + record(3))
      const { lines } = await own.read('newer', { positions, count: 10 })
      expect(lines.map(({ text }) => text)).toEqual(['line 2 fine', 'line 3 fine'])
    })

    it('reads and searches on both sides of a file that is gone', async () => {
      const kept = join(folder, 'kept-logs', ownId)
      mkdirSync(kept, { recursive: true })
      writeFileSync(join(kept, '1.kept'), records(0, 10))
      writeFileSync(`${ownFile}.1`, records(10, 20))
      writeFileSync(ownFile, records(20, 30))
      await own.setContainers(0, [ownId])
      rmSync(`${ownFile}.1`)
      const { lines, positions } = await own.read('newer', { positions: [0], count: 100 })
      expect([first(lines), lines.length]).toEqual(['line 0', 20])
      expect((await own.read('older', { positions, count: 100 })).lines).toEqual(lines)
      const hits = await found('line', false, own)
      expect([hits.length, hits.at(9), hits.at(10)]).toEqual([20, 'line 20 fine', 'line 9 fine'])
      expect(await own.seekTime(start + 15_000)).toEqual([lines[10]?.position])
    })
  })
})
