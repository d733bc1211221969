import { expect, test } from 'vitest'
import { processTree, psLine } from '../../../../src/renderer/lib/process-tree'
import type { ContainerProcess } from '../../../../src/shared/stats'

function process(pid: number, parent: number, inner: number): ContainerProcess {
  return {
    ...{ pid, inner, parent, user: 0, cpu: 0, memory: 0, startedAt: 0, start: pid, state: 'S' },
    command: `c${String(inner)}`,
  }
}
const shape = (...processes: ContainerProcess[]) =>
  processTree(processes).map((row) => `${String(row.depth)} ${row.process.command}`)

test('puts each process below its parent', () => {
  const rows = shape(process(102, 101, 9), process(100, 50, 1), process(103, 100, 3), process(101, 100, 2))
  expect(rows).toEqual(['0 c1', '1 c2', '2 c9', '1 c3'])
})

test('a process whose parent is outside, such as one of docker exec, is a root', () => {
  expect(shape(process(100, 50, 1), process(200, 60, 7))).toEqual(['0 c1', '0 c7'])
})

test('shows a process that names itself as its parent', () => {
  expect(shape(process(5, 5, 1))).toEqual(['0 c1'])
})

test('a deep chain is indented only to a limit', () => {
  const chain = Array.from({ length: 40 }, (_, index) => process(100 + index, 99 + index, index + 1))
  expect(Math.max(...processTree(chain).map(({ depth }) => depth))).toBe(12)
})

test('the line of ps has the numbers of the machine', () => {
  expect(psLine(process(4711, 4700, 1))).toMatch(/^root +4711 +4700 \d\d:\d\d c1$/)
  expect(psLine({ ...process(1, 2, 3), user: 1000 })).toMatch(/^1000 +1 +2 /)
})
