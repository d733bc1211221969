import { describe, expect, it } from 'vitest'
import type { Sample } from '../../../../src/main/stats/meter'
import { SampleParser } from '../../../../src/main/stats/sample-parser'

const ids = new Map([
  [1, 'web'],
  [2, 'db'],
])

function parse(lines: string[], listed: string[] = []): Sample[] {
  const parser = new SampleParser(
    (number) => ids.get(number),
    (id) => listed.includes(id),
  )
  return lines.flatMap((line) => parser.line(line) ?? [])
}

describe('the output of container-stats', () => {
  it('becomes one sample of all containers', () => {
    const samples = parse([
      'sample 5000000 1234',
      'l 1 50000 100000 1048576',
      'c 1 700 4096 10 20 30 40 3',
      'l 2 max 100000 max',
      'c 2 800 8192 -1 -1 0 0 1',
      'end',
    ])
    expect(samples).toEqual([
      {
        clock: 5_000_000,
        uptime: 1234,
        readings: [
          {
            ...{ id: 'web', run: 1, cpu: 700, memory: 4096, received: 10, sent: 20, read: 30, written: 40 },
            ...{ pids: 3, limits: { cpu: 0.5, memory: 1_048_576 }, processes: undefined },
          },
          {
            ...{ id: 'db', run: 2, cpu: 800, memory: 8192, received: null, sent: null, read: 0, written: 0 },
            ...{ pids: 1, limits: { cpu: null, memory: null }, processes: undefined },
          },
        ],
      },
    ])
  })

  it('lists processes with their command lines, also odd ones', () => {
    const [sample] = parse(
      [
        'sample 1 1',
        'c 1 0 0 0 0 0 0 1',
        'p 1 900 1 0 850 12 4096 1000 S sh%20-c%20%ec%95%88%eb%85%95%25%0a',
        'p 1 901 7 65534 900 0 0 1001 Z %5bdefunct%5d',
        'end',
      ],
      ['web'],
    )
    expect(sample?.readings[0]?.processes).toEqual([
      {
        ...{ pid: 900, inner: 1, user: 0, parent: 850, cpu: 12, memory: 4096, start: 1000 },
        ...{ state: 'S', command: 'sh -c 안녕%\n' },
      },
      expect.objectContaining({ inner: 7, user: 65_534, state: 'Z', command: '[defunct]' }),
    ])
  })

  it('ignores lines that a hostile machine could send', () => {
    const [sample, ...others] = parse(
      [
        'c 1 1 1 1 1 1 1 1',
        'end',
        'sample x 1',
        'c 1 1 1 1 1 1 1 1',
        'sample 1 1',
        'c 9 1 1 1 1 1 1 1',
        'c 1 1e999 1 1 1 1 1 1',
        'c 1 2 2 2 2 2 2 2',
        'c 1 3 3 3 3 3 3 3',
        'l 2 x y z',
        'c 2 NaN',
        'p 1 1 1 1 1 1 1 1 S unasked',
        'end',
        'end',
      ],
      [],
    )
    expect(others).toEqual([])
    expect(sample?.readings).toMatchObject([{ id: 'web', cpu: 2, processes: undefined }])
  })

  it('lists a limited number of processes', () => {
    const process = (pid: number) => `p 1 ${String(pid)} 1 0 1 0 0 0 S sh`
    const many = Array.from({ length: 1500 }, (_, index) => process(index + 1))
    const [sample] = parse(['sample 1 1', 'c 1 0 0 0 0 0 0 1', ...many, 'end'], ['web'])
    expect(sample?.readings[0]?.processes).toHaveLength(1000)
  })
})
