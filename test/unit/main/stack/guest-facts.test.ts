import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { guestFactsCommand, GuestFactsParser } from '../../../../src/main/stack/guest-facts'

const slow = [
  'kernel 6.12.48+deb13-amd64',
  'online 0-1,4',
  'controllers cpuset cpu io memory pids',
  'group docker',
  'group engine',
  'namespace net',
  'namespace pid',
  'namespace pid_for_children',
  'disk 4096 1000 400 300',
  'program 210 5000 dockerd',
  'program 200 3000 containerd',
  'program 300 100 containerd-shim',
  'program 301 100 containerd-shim',
  'program 9 1 sh',
]
/** User, nice, system, idle, iowait, irq, softirq and steal in hundredths of a second. */
const tick = (uptime: number, busy: number) =>
  `tick ${String(uptime)} 2000 1500 ${String(busy)} 0 0 900 0 0 0 0 0 0`

function lastFacts(lines: readonly string[], parser = new GuestFactsParser()) {
  return lines.map((line) => parser.line(line)).findLast((facts) => facts !== undefined)
}

describe('the facts of the machine', () => {
  it('are parsed', () => {
    expect(lastFacts([...slow, tick(10, 100)])).toEqual({
      kernel: '6.12.48+deb13-amd64',
      uptime: 10,
      processors: 3,
      cpu: null,
      memory: { total: 2_048_000, available: 1_536_000 },
      disk: { total: 4_096_000, used: 600 * 4096, free: 300 * 4096 },
      cgroup: {
        version: 2,
        controllers: ['cpuset', 'cpu', 'io', 'memory', 'pids'],
        groups: ['docker', 'engine'],
      },
      namespaces: ['net', 'pid'],
      dockerd: { pid: 210, resident: 5000 * 4096 },
      containerd: { pid: 200, resident: 3000 * 4096 },
      shims: 2,
    })
  })

  it('keep the slow ones until the machine reads them again', () => {
    const parser = new GuestFactsParser()
    lastFacts([...slow, tick(10, 100)], parser)
    expect(lastFacts([tick(13, 250)], parser)).toMatchObject({ shims: 2, cpu: 0.5 })
    expect(lastFacts(['kernel 6.12', tick(16, 250)], parser)).toMatchObject({
      shims: 0,
      dockerd: null,
      cpu: 0,
    })
  })

  it('ignore lines that are cut off or not valid', () => {
    expect(lastFacts(['tick 10 2000'])).toBeUndefined()
    expect(lastFacts(['tick a b c d e f g h i j k'])).toBeUndefined()
    expect(lastFacts(['disk 4096', 'program x', 'online ?', 'nonsense', tick(1, 1)])).toMatchObject({
      disk: null,
      dockerd: null,
      processors: 1,
    })
  })

  it('list at most twenty cgroups', () => {
    const groups = Array.from({ length: 30 }, (_, index) => `group g${String(index)}`)
    expect(lastFacts([...groups, tick(1, 1)])?.cgroup.groups).toHaveLength(20)
  })

  it('come from a shell program that reads a Linux kernel, and ends with its input', async () => {
    // Without input, the program reads once. The busybox of the build machine is the guest's.
    const { stdout } = await promisify(execFile)('/bin/busybox', [
      'sh',
      '-c',
      `${guestFactsCommand(1)} </dev/null`,
    ])
    const facts = lastFacts(stdout.split('\n'))
    expect(facts?.kernel).not.toBe('')
    expect(facts?.memory.total).toBeGreaterThan(100_000_000)
    expect(facts?.namespaces).toContain('net')
  })
})
