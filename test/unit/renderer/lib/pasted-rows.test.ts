import { describe, expect, it } from 'vitest'
import {
  pastedBinds,
  pastedPorts,
  pastedVariables,
  pastedVolumes,
} from '../../../../src/renderer/lib/pasted-rows'

const pem = '-----BEGIN CERTIFICATE-----\nMIIB+w==\nabc=\n-----END CERTIFICATE-----'

describe('pastedVariables', () => {
  it.each<[string, [string, string][]]>([
    ['FOO=bar', [['FOO', 'bar']]],
    ['FOO=', [['FOO', '']]],
    ['  export FOO = bar  ', [['FOO', 'bar']]],
    ['-e FOO=bar', [['FOO', 'bar']]],
    ['--env=FOO=bar', [['FOO', 'bar']]],
    [
      '- FOO=bar\n- BAZ=qux',
      [
        ['FOO', 'bar'],
        ['BAZ', 'qux'],
      ],
    ],
    ['URL=postgres://me:p%40ss@db/app?ssl=1#top', [['URL', 'postgres://me:p%40ss@db/app?ssl=1#top']]],
    [
      '# settings\r\n\r\nA=1\r\nB=2 # two\r\n',
      [
        ['A', '1'],
        ['B', '2'],
      ],
    ],
    [
      'A="one two" # three\nB=x',
      [
        ['A', 'one two'],
        ['B', 'x'],
      ],
    ],
    ['A="a\\nb\\"c\\\\"', [['A', 'a\nb"c\\']]],
    [
      "A='a\\nb #c'\nB=x",
      [
        ['A', 'a\\nb #c'],
        ['B', 'x'],
      ],
    ],
    [
      'A="a\nb"\nB=x',
      [
        ['A', 'a\nb'],
        ['B', 'x'],
      ],
    ],
    [
      `CERT=${pem}\nB=x`,
      [
        ['CERT', pem],
        ['B', 'x'],
      ],
    ],
    [
      `CERT="${pem}"\nB=x`,
      [
        ['CERT', pem],
        ['B', 'x'],
      ],
    ],
    [
      'A="unclosed\nB=x',
      [
        ['A', '"unclosed'],
        ['B', 'x'],
      ],
    ],
    ['A=안녕 Berth', [['A', '안녕 Berth']]],
    ['export export=1', [['export', '1']]],
  ])('reads the variables of %j', (text, variables) => {
    expect(pastedVariables(text)?.map(({ name, value }) => [name, value])).toEqual(variables)
  })

  it('returns a line that is not a variable as a name, so that the form marks the line', () => {
    expect(pastedVariables('A=1\nnot a variable\nB=2')).toEqual([
      { name: 'A', value: '1' },
      { name: 'not a variable', value: '' },
      { name: 'B', value: '2' },
    ])
  })

  it.each(['', 'FOO', 'hello world', '=x', pem, '# only a comment', 'a b=c'])(
    'returns undefined for %j, so that the text goes into the field',
    (text) => {
      expect(pastedVariables(text)).toBeUndefined()
    },
  )
})

describe('pastedPorts', () => {
  const port = { hostPort: '8080', containerPort: '80', protocol: 'tcp', reach: 'computer' }
  it.each([
    ['8080:80', [port]],
    ['-p 8080:80', [port]],
    ['127.0.0.1:8080:80/tcp', [port]],
    [
      '  - "8080:80"\n  - "53:53/udp"\n',
      [port, { ...port, hostPort: '53', containerPort: '53', protocol: 'udp' }],
    ],
    ['0.0.0.0:8080:80', [{ ...port, reach: 'network' }]],
    ['[::1]:8080:80', [{ ...port, reach: '::1' }]],
    ['8000-8010:9000-9010', [{ ...port, hostPort: '8000-8010', containerPort: '9000-9010' }]],
  ])('reads the ports of %j', (text, rows) => {
    expect(pastedPorts(text)).toEqual(rows)
  })

  it.each(['8080', '8080:80/sctp', 'web:80', '127.0.1:8080:80', '8080:80\nsomething else'])(
    'returns undefined for %j',
    (text) => {
      expect(pastedPorts(text)).toBeUndefined()
    },
  )
})

describe('pastedBinds and pastedVolumes', () => {
  it.each([
    ['~/app:/app', { hostPath: '~/app', path: '/app', readOnly: false }],
    ['-v /home/me/my app:/app:ro', { hostPath: '/home/me/my app', path: '/app', readOnly: true }],
    ['C:\\Users\\me:/app:rw,z', { hostPath: 'C:\\Users\\me', path: '/app', readOnly: false }],
  ])('read the bind mount %j', (text, row) => {
    expect(pastedBinds(text)).toEqual([row])
  })

  it('read volumes', () => {
    expect(pastedVolumes('data:/var/lib/data\ncache:/cache:ro')).toEqual([
      { volume: 'data', path: '/var/lib/data', readOnly: false },
      { volume: 'cache', path: '/cache', readOnly: true },
    ])
  })

  it.each(['/home/me/app', 'C:\\Users\\me', '~/app', 'data'])('return undefined for %j', (text) => {
    expect(pastedBinds(text)).toBeUndefined()
    expect(pastedVolumes(text)).toBeUndefined()
  })
})
