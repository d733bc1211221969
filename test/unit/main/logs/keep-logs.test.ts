import { spawn, type ChildProcess } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'

/** The program of the guest image, compiled for this computer. It keeps the logs in a folder of this test. */
describe.skipIf(process.platform !== 'linux')('the keeper of logs', () => {
  let folder: string
  let program: string
  let keeper: ChildProcess

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'berth-keep-logs-'))
    mkdirSync(join(folder, 'docker/containers'), { recursive: true })
    writeFileSync(join(folder, 'guest-constants.h'), `#define GUEST_PATH_DATA "${folder}"\n`)
    program = join(folder, 'keep-logs')
    const sources = ['keep-logs.c', 'log-files.c'].map((name) => `vm-assets/agent/logs/${name}`)
    await execa('cc', ['-O1', '-fsanitize=address,undefined', `-I${folder}`, '-o', program, ...sources])
    keeper = spawn(program, ['watch'], { stdio: 'inherit' })
  }, 60_000)
  afterAll(() => {
    keeper.kill()
    rmSync(folder, { recursive: true })
  })

  /** Makes a container's folder as the engine does, and waits until its log is kept. */
  async function container(digit: string, { name, log }: { name: string; log: string }): Promise<string> {
    const id = digit.repeat(64)
    const own = join(folder, 'docker/containers', id)
    mkdirSync(own)
    const logPath = join(own, `${id}-json.log`)
    const config = { Config: { Labels: { Name: '/db' } }, LogPath: logPath, Name: `/${name}` }
    writeFileSync(logPath, log)
    writeFileSync(join(own, '.tmp-config'), JSON.stringify(config))
    renameSync(join(own, '.tmp-config'), join(own, 'config.v2.json'))
    const about = join(folder, 'kept-logs', id, 'about')
    await vi.waitFor(() => {
      expect(existsSync(about)).toBe(true)
    })
    expect(readFileSync(about, 'utf8')).toBe(`${name} -\n`)
    return id
  }

  it('keeps logs with output under the container’s own name, whatever its labels say', async () => {
    const silent = await container('1', { name: 'silent', log: '' })
    const web = await container('2', { name: 'web', log: '{}\n' })
    for (const id of [silent, web]) rmSync(join(folder, 'docker/containers', id), { recursive: true })
    await vi.waitFor(() => {
      expect(existsSync(join(folder, 'kept-logs', silent))).toBe(false)
    })
    const { stdout } = await execa(program, ['list'])
    const [id, bytes, , , exists, name] = stdout.split(' ')
    expect([id, exists, name]).toEqual([web, '0', 'web'])
    expect(Number(bytes)).toBeGreaterThanOrEqual(16_384)
  })
})
