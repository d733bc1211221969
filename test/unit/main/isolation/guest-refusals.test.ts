import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { refusalsLineSchema } from '../../../../src/main/isolation/refusals'

/** The part of the guest's program that reads a trace, compiled for this computer. */
describe.skipIf(process.platform !== 'linux')('the lines of a kernel trace', () => {
  let folder: string
  let program: string

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'berth-refusals-'))
    program = join(folder, 'refusals')
    writeFileSync(join(folder, 'syscall-names.h'), '[83] = "mkdir", [165] = "mount",')
    const options = ['-O1', '-fsanitize=address,undefined', `-I${folder}`]
    await execa('cc', [...options, '-o', program, 'test/support/refusals-of-trace.c'])
  }, 60_000)
  afterAll(() => {
    rmSync(folder, { recursive: true })
  })

  async function read(...lines: string[]) {
    const { stdout } = await execa(program, { input: lines.map((line) => `${line}\n`).join('') })
    return refusalsLineSchema.parse(JSON.parse(stdout))
  }
  const at = (thread: string, time: string, event: string) =>
    `${thread.padStart(22)} [001] .....   ${time}: ${event}`
  const exit = (thread: string, time: string, call: number, error: number) =>
    at(thread, time, `sys_exit: NR ${String(call)} = ${String(error)}`)
  const misses = (thread: string, time: string, capability: number) =>
    at(
      thread,
      time,
      `capability: (ns_capable+0x2d/0x60 <- cap_capable) number=${String(capability)} options=0 result=-1`,
    )
  const filtered = (thread: string, time: string, call: number) =>
    at(
      thread,
      time,
      `seccomp: (syscall_trace_enter+0x9e/0x180 <- __seccomp_filter) call=${String(call)} result=-1`,
    )
  const reasons = ({ refusals }: Awaited<ReturnType<typeof read>>) =>
    refusals.map(({ call, reason }) => [call, reason.kind === 'capability' ? reason.capability : reason.kind])

  it('are grouped, with the reason of each call', async () => {
    const found = await read(
      misses('mount-7', '5.000100', 21),
      exit('mount-7', '5.000200', 165, -1),
      exit('sh-8', '5.000300', 83, -13),
      exit('sh-9', '6.000000', 83, -13),
      filtered('mount-10', '7.000000', 165),
      exit('mount-10', '7.000001', 165, -1),
    )
    expect(found).toEqual({
      refusals: [
        {
          ...{ program: 'mount', pid: 7, call: 'mount', error: 'EPERM', times: 1 },
          reason: { kind: 'capability', capability: 21 },
        },
        { program: 'sh', pid: 9, call: 'mkdir', error: 'EACCES', reason: { kind: 'other' }, times: 2 },
        { program: 'mount', pid: 10, call: 'mount', error: 'EPERM', reason: { kind: 'seccomp' }, times: 1 },
      ],
      ...{ more: false, lost: false },
    })
  })

  it('do not give a reason to a later call', async () => {
    const found = await read(
      // The filter answers clone3 with ENOSYS, which is not a refusal. So the trace does not have the end of the call.
      filtered('node-7', '5.000000', 435),
      exit('node-7', '5.000100', 83, -13),
      misses('sh-8', '5.000000', 24),
      exit('sh-8', '5.200000', 165, -1),
    )
    expect(reasons(found)).toEqual([
      ['mkdir', 'other'],
      ['mount', 'other'],
    ])
  })

  it('can contain hostile names', async () => {
    const found = await read(
      misses(': sys_exit: -7', '5.000000', 21),
      exit(': sys_exit: -7', '5.000100', 165, -1),
      exit('a-1 [000] : -8', '5.000200', 83, -13),
      exit('[LOST 1 EVENTS]-9', '5.000300', 83, -13),
      ...exit('x\nCPU:1 [LOST -10', '5.000400', 83, -13).split('\n'),
      'no line of a trace',
      '-',
    )
    expect(found.lost).toBe(false)
    expect(found.refusals.map(({ program: name, pid }) => [name, pid])).toEqual([
      [':%20sys_exit:%20', 7],
      ['a-1%20[000]%20:%20', 8],
      ['[LOST%201%20EVENTS]', 9],
      ['CPU:1%20[LOST%20', 10],
    ])
    expect(reasons(found)[0]).toEqual(['mount', 21])
    for (const loss of ['CPU:0 [LOST 12 EVENTS]', 'CPU:11 [LOST EVENTS]'])
      expect((await read(loss)).lost).toBe(true)
  })

  it('leave out only the programs that start a process of the container', async () => {
    const names = ['runc', 'runc:[2:INIT]', 'containerd-shim', 'runcheck', 'containerd']
    const found = await read(...names.map((name, index) => exit(`${name}-${String(index)}`, '5.0', 83, -13)))
    expect(found.refusals.map(({ program: name }) => name)).toEqual(['runcheck', 'containerd'])
  })

  it('are bounded', async () => {
    const many = Array.from({ length: 300 }, (_, index) => exit(`p${String(index)}-7`, '5.0', 83, -13))
    const found = await read(...many)
    expect(found.refusals).toHaveLength(200)
    expect(found.more).toBe(true)
  })
})
