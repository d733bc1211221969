import { chmod, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { pino } from 'pino'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { startError, VirtualMachine } from '../../../../src/main/qemu/virtual-machine'

const never = new AbortController().signal
const disk = '/home/data.qcow2'
const blockdev = `qemu-system-x86_64: -blockdev driver=qcow2,node-name=data,file.filename=${disk}`

function exit(stderr: string, code: number | null = 1, signal: NodeJS.Signals | null = null) {
  return startError({ code, signal, stderr }, disk).toData()
}

describe('the reason why QEMU did not start', () => {
  it('is another process’s lock on the disk', () => {
    const stderr = `${blockdev}: Failed to get "write" lock\nIs another process using the image [${disk}]?`
    expect(exit(stderr)).toMatchObject({ code: 'machine.disk-locked', params: { file: disk } })
    const windows = `${blockdev}: Could not open '${disk}': The process cannot access the file because it is being used by another process.`
    expect(exit(windows)).toMatchObject({ code: 'machine.disk-locked' })
  })

  it.each(['Image is not in qcow2 format', 'qcow2 header too short', 'Invalid backing file offset'])(
    'is a data disk that is not a valid disk file: %s',
    (reason) => {
      expect(exit(`${blockdev}: ${reason}`)).toMatchObject({
        code: 'machine.disk-unusable',
        params: { file: disk, reason },
      })
    },
  )

  it('is a full disk, if QEMU could not write its process id', () => {
    const stderr = 'qemu-system-x86_64: cannot create PID file: No space left on device'
    expect(exit(stderr)).toMatchObject({ code: 'host.no-space', params: { folder: '/home' } })
  })

  it('is QEMU’s last message or, if there is none, its exit code or signal', () => {
    expect(exit('warning: something\nqemu-system-x86_64: -accel hvf: invalid accelerator hvf')).toMatchObject(
      {
        code: 'machine.qemu-start',
        params: { reason: 'qemu-system-x86_64: -accel hvf: invalid accelerator hvf' },
      },
    )
    expect(exit('', 3)).toMatchObject({ params: { reason: 'it ended with code 3' } })
    expect(exit('', null, 'SIGABRT')).toMatchObject({ params: { reason: 'it was ended by SIGABRT' } })
  })
})

describe('launching', () => {
  let folder: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'berth-launch-'))
  })
  afterEach(() => rm(folder, { recursive: true, force: true }))

  async function launchScript(
    script: string,
    options: { signal?: AbortSignal; answerTimeoutMs?: number } = {},
  ) {
    const binary = join(folder, 'qemu')
    await writeFile(binary, `#!/bin/sh\n${script}\n`)
    await chmod(binary, 0o755)
    const { signal = never, ...rest } = options
    return VirtualMachine.launch(
      {
        binary,
        args: ({ qmp, console }) => [JSON.stringify(qmp), JSON.stringify(console)],
        dataDisk: disk,
        recordFile: join(folder, 'qemu.json'),
        log: pino({ level: 'silent' }),
        ...rest,
      },
      signal,
    )
  }

  it('fails when QEMU ends before it answers', async () => {
    await expect(launchScript('echo "no such machine" >&2; exit 1')).rejects.toMatchObject({
      code: 'machine.qemu-start',
      params: { reason: 'no such machine' },
    })
    expect(await readdir(folder)).toEqual(['qemu'])
  })

  it('fails when the file of QEMU cannot be run', async () => {
    await writeFile(join(folder, 'broken'), 'not a program')
    const launching = VirtualMachine.launch(
      {
        binary: join(folder, 'broken'),
        args: () => [],
        dataDisk: disk,
        recordFile: join(folder, 'qemu.json'),
        log: pino({ level: 'silent' }),
      },
      never,
    )
    await expect(launching).rejects.toMatchObject({ code: 'machine.qemu-start' })
  })

  it('ends a QEMU that does not answer', async () => {
    await expect(launchScript('exec sleep 1000', { answerTimeoutMs: 100 })).rejects.toMatchObject({
      code: 'machine.qemu-start',
      params: { reason: 'it does not answer' },
    })
    expect(await readdir(folder)).toEqual(['qemu'])
  })

  it('fails with the signal’s reason after an abort, and leaves no record of a process', async () => {
    const abort = new AbortController()
    const launching = launchScript('exec sleep 1000', { signal: abort.signal })
    abort.abort(new Error('stopped'))
    await expect(launching).rejects.toThrow('stopped')
    expect(await readdir(folder)).toEqual(['qemu'])
  })
})

describe('a launched machine', () => {
  let folder: string
  let machine: VirtualMachine | undefined
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'berth-launched-'))
  })
  afterEach(async () => {
    await machine?.kill()
    machine = undefined
    await rm(folder, { recursive: true, force: true })
  })

  async function launched(scenario: string): Promise<VirtualMachine> {
    machine = await VirtualMachine.launch(
      {
        binary: process.execPath,
        args: ({ qmp, console }) => [
          fileURLToPath(new URL('../../../support/fake-qemu.mjs', import.meta.url)),
          scenario,
          JSON.stringify(qmp),
          JSON.stringify(console),
        ],
        dataDisk: disk,
        recordFile: join(folder, 'qemu.json'),
        log: pino({ level: 'silent' }),
      },
      never,
    )
    return machine
  }

  it('answers, and shows its console', async () => {
    const { qmp, console } = await launched('idle')
    expect(await qmp.execute('anything')).toEqual({})
    await console.reached('init')
    expect(await readdir(folder)).toEqual(['qemu.json'])
  })

  it.each([
    ['powers off', { reason: 'guest-shutdown', poweredOff: true, noSpace: false }],
    ['panics', { reason: 'guest-reset', poweredOff: false, noSpace: false }],
    ['breaks in the accelerator', { reason: 'internal-error', poweredOff: false, noSpace: false }],
  ])('that %s ends with the right reason', async (scenario, end) => {
    const { ended } = await launched(scenario)
    expect(await ended).toMatchObject(end)
    expect(await readdir(folder)).toEqual([])
  })

  it('waits while the host’s disk is full, and continues when there is space', async () => {
    const waiting = await launched('finds the disk full')
    await expect.poll(() => waiting.isHostFull, { interval: 5 }).toBe(true)
    await waiting.console.reached('continued')
    expect(waiting.isHostFull).toBe(false)
  })

  it('can be ended while it waits for space, and the reason is the missing space', async () => {
    const waiting = await launched('finds the disk full')
    await expect.poll(() => waiting.isHostFull, { interval: 5 }).toBe(true)
    await waiting.quit(10_000)
    expect(await waiting.ended).toMatchObject({ noSpace: true })
  })

  it('quits on request', async () => {
    const idle = await launched('idle')
    await idle.quit(10_000)
    expect(await idle.ended).toMatchObject({ reason: 'exit code 0', poweredOff: false })
  })

  it('is killed when it does not quit', async () => {
    const deaf = await launched('ignores quit')
    await deaf.quit(100)
    expect(await deaf.ended).toMatchObject({ reason: 'SIGKILL' })
  })
})
