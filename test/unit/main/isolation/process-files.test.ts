import { expect, test } from 'vitest'
import {
  address,
  openFilesLineSchema,
  parseMounts,
  parseRights,
} from '../../../../src/main/isolation/process-files'

const status = [
  'Uid:\t1000\t1001\t1000\t1000',
  'Gid:\t0\t5\t0\t0',
  'CapInh:\t0000000000000000',
  'CapEff:\t0000000000000000',
  'CapBnd:\t00000000a80425fb',
  'CapAmb:\t0000000000000400',
  'NoNewPrivs:\t1',
  'Seccomp:\t2',
  'Seccomp_filters:\t1',
]

test('reads the rights of a process', () => {
  expect(parseRights(status.join('\n'), 'docker-default (enforce)\n\0')).toEqual({
    ...{ user: 1001, group: 5, effective: [], ambient: [10], noNewPrivileges: true, seccomp: 'filter' },
    bounding: [0, 1, 3, 4, 5, 6, 7, 8, 10, 13, 18, 27, 29, 31],
    ...{ seccompFilters: 1, label: 'docker-default (enforce)' },
  })
  const oldKernel = status.filter((line) => !line.startsWith('Seccomp')).join('\n')
  expect(parseRights(oldKernel, '')).toMatchObject({ seccomp: 'off', seccompFilters: 0, label: '' })
})

test.each(['Uid', 'Gid', 'CapEff', 'CapBnd', 'CapAmb'])(
  'a status without %s is an error, and not a process without rights',
  (name) => {
    const replaced = (text: string[]) =>
      status.flatMap((line) => (line.startsWith(`${name}:`) ? text : [line])).join('\n')
    for (const text of [[], [`${name}:`], [`${name}:\tzz`]])
      expect(() => parseRights(replaced(text), ''), text.join()).toThrow(
        expect.objectContaining({ code: 'internal' }),
      )
  },
)

test('reads mounts. A later mount at the same place counts, and a cut line is left out', () => {
  const text = [
    '100 90 0:50 / / rw,relatime - overlay overlay rw,lowerdir=/a:/b',
    '101 100 0:51 / /a\\040b rw - tmpfs tmpfs rw',
    '102 100 254:16 /docker/volumes/x/_data /data rw shared:5 - ext4 /dev/vdb rw',
    '103 100 0:52 / /data ro,nosuid master:1 - tmpfs tmpfs rw',
    '104 100 0:53 / /cut',
  ].join('\n')
  expect(parseMounts(text)).toEqual([
    { path: '/', type: 'overlay', root: '/', readOnly: false },
    { path: '/a%20b', type: 'tmpfs', root: '/', readOnly: false },
    { path: '/data', type: 'tmpfs', root: '/', readOnly: true },
  ])
})

test('reads addresses of both families', () => {
  expect(address('0100007F:1F90')).toBe('127.0.0.1:8080')
  expect(address('00000000000000000000000000000000:0050')).toBe('[::]:80')
  expect(address('00000000000000000000000001000000:0050')).toBe('[::1]:80')
  expect(address('B80D01200000000000000000FE000000:01BB')).toBe('[2001:db8::fe]:443')
  expect(address('0000000000000000FFFF0000020011AC:0016')).toBe('172.17.0.2:22')
  for (const wrong of ['', '0100007F', '0100007F:1F90x', 'zz:zz']) expect(address(wrong)).toBe('')
})

test('shows what a process has open, with hostile names as they are', () => {
  const line = {
    folder: '/a b',
    program: '/bin/x%20%3Cscript%3E',
    files: [[0, '/dev/null']],
    sockets: [
      [3, 'tcp', '00000000%3A1F90', '00000000%3A0000', 10],
      [4, 'tcp', '0100007F%3A1F90', '0100007F%3AC350', 1],
      [5, 'udp', '00000000%3A0035', '00000000%3A0000', 7],
      [6, 'unix', '/run/x%0Ay', '', 1],
    ],
    more: false,
  }
  expect(openFilesLineSchema.parse(line)).toEqual({
    folder: '/a%20b',
    program: '/bin/x%20%3Cscript%3E',
    files: [{ number: 0, target: '/dev/null' }],
    sockets: [
      { number: 3, kind: 'tcp', local: '0.0.0.0:8080', remote: '', state: 'listening' },
      { number: 4, kind: 'tcp', local: '127.0.0.1:8080', remote: '127.0.0.1:50000', state: 'connected' },
      { number: 5, kind: 'udp', local: '0.0.0.0:53', remote: '', state: 'listening' },
      { number: 6, kind: 'unix', local: '/run/x%0Ay', remote: '', state: 'listening' },
    ],
    more: false,
  })
  expect(openFilesLineSchema.safeParse({ ...line, sockets: [[1, 'raw', '', '', 1]] }).success).toBe(false)
})
