import { expect, test } from 'vitest'
import { parseCgroup } from '../../../../src/main/isolation/cgroup-files'

const psi =
  'some avg10=1.50 avg60=0.20 avg300=0.00 total=12\nfull avg10=0.10 avg60=0.00 avg300=0.00 total=3\n'

test('reads limits, use, throttling, kills and pressure', () => {
  const files = new Map([
    ['cpu.max', '50000 100000\n'],
    ['cpu.weight', '100\n'],
    ['cpuset.cpus', '0\n'],
    ['cpuset.cpus.effective', '0\n'],
    [
      'cpu.stat',
      'usage_usec 900\nuser_usec 600\nsystem_usec 300\nnr_periods 20\nnr_throttled 5\nthrottled_usec 70\n',
    ],
    ['cpu.pressure', psi],
    ['memory.max', '67108864\n'],
    ['memory.high', 'max\n'],
    ['memory.current', '1000\n'],
    ['memory.peak', '2000\n'],
    ['memory.events', 'low 0\nhigh 0\nmax 4\noom 1\noom_kill 2\noom_group_kill 0\n'],
    ['pids.max', '10\n'],
    ['pids.current', '3\n'],
    ['pids.events', 'max 7\n'],
    [
      'io.stat',
      '254:0 rbytes=10 wbytes=20 rios=1 wios=2 dbytes=0 dios=0\n254:16 rbytes=5 wbytes=1 rios=1 wios=1\n',
    ],
    ['io.max', '254:0 rbps=1048576 wbps=max riops=max wiops=max\n'],
  ])
  expect(parseCgroup('/sys/fs/cgroup/docker/a', files)).toEqual({
    path: '/sys/fs/cgroup/docker/a',
    cpu: {
      ...{ limit: 0.5, weight: 100, processors: '0', pinned: true, used: 900, user: 600, system: 300 },
      ...{ periods: 20, throttledPeriods: 5, throttled: 70 },
      pressure: {
        some: { avg10: 1.5, avg60: 0.2, avg300: 0 },
        full: { avg10: 0.1, avg60: 0, avg300: 0 },
      },
    },
    memory: {
      ...{ limit: 67_108_864, high: null, swapLimit: null, current: 1000, swap: null, peak: 2000 },
      ...{ atLimit: 4, killed: 2, pressure: null },
    },
    pids: { limit: 10, current: 3, peak: null, refused: 7 },
    io: {
      ...{ read: 15, written: 21, reads: 2, writes: 3, pressure: null },
      limits: '254:0 rbps=1048576 wbps=max riops=max wiops=max',
    },
  })
})

test('a kernel without the files, and a hostile machine, give no limits and no use', () => {
  const empty = parseCgroup('/', new Map())
  expect(empty.cpu).toMatchObject({ limit: null, weight: null, used: 0, pressure: null, pinned: false })
  expect(empty.memory).toMatchObject({ limit: null, current: null, killed: 0 })
  const wrong = new Map([
    ['cpu.max', '1 0\n'],
    ['memory.max', '-5\n'],
    ['memory.events', 'oom_kill many\n__proto__ 3\n'],
    ['cpu.pressure', 'some avg10=nan'],
    ['io.stat', 'rbytes=x xrbytes=9\n'],
  ])
  const parsed = parseCgroup('/', wrong)
  expect(parsed.cpu).toMatchObject({ limit: null, pressure: null })
  expect(parsed.memory).toMatchObject({ limit: null, killed: 0 })
  expect(parsed.io.read).toBe(0)
})
