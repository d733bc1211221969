import { runRequestSchema, type RunRequest } from '../../src/shared/run'

/** Texts that are hard to quote. */
const hard = [
  'plain',
  'two words',
  "it's",
  '"quoted"',
  '$HOME',
  '$(pwd)',
  '`pwd`',
  '${PWD}',
  '%cd%',
  '%PATH%',
  'C:\\Users\\me',
  'back\\slash\\',
  'new\nline',
  'docker run\ndocker run x',
  '^\n',
  '`\n',
  '\\\n',
  'a;b && c | d > e',
  '# no comment',
  '~/x',
  '*?[a]{b,c}',
  '!history',
  '-flag',
  '--flag=value',
  'a=b=c',
  'tab\there',
  '\u202Egnp',
  '🐳 ünïcode',
  "'\\''",
  '',
] as const

/** Makes random requests that the form accepts. */
export function randomRequest(random: () => number): RunRequest {
  const below = (count: number) => Math.floor(random() * count)
  const pick = <T>(values: readonly T[]): T => {
    const value = values[below(values.length)]
    if (value === undefined) throw new Error('there is nothing to pick from')
    return value
  }
  const some = <T>(make: (index: number) => T, most = 3): T[] =>
    Array.from({ length: below(most + 1) }, (_, index) => make(index))
  const unlike = (values: string[]) => [...new Set(values)]
  const flag = () => random() < 0.5
  const words = () => some(() => pick(hard))
  const policy = pick(['no', 'on-failure', 'unless-stopped', 'always'] as const)
  const networks = some((index) => ({
    network: `net${String(index)}`,
    aliases: some((alias) => `alias${String(alias)}`),
    ipv4: flag() ? '' : '10.0.0.7',
    ipv6: flag() ? '' : 'fd00::7',
  }))
  return runRequestSchema.parse({
    image: pick(['busybox', 'localhost:5000/a/b:1.2', 'nginx:1-alpine']),
    ...(flag() ? {} : { name: `name-${String(below(100))}` }),
    command: words(),
    entrypoint: words().filter((word) => word !== ''),
    environment: some((index) => ({ name: `VAR_${String(index)}`, value: pick(hard) })),
    ports: some((index) => ({
      hostIp: pick(['', '127.0.0.1', '0.0.0.0', '::1']),
      hostPort: flag() ? 0 : 1000 + index,
      containerPort: 80 + index,
      protocol: pick(['tcp', 'udp']),
    })),
    volumes: some((index) => ({
      volume: pick(['', 'data', 'my.vol-1']),
      path: `/v${String(index)}${pick(['', '/a b', ':colon', "/it's", ',comma"'])}`,
      readOnly: flag(),
    })),
    binds: some((index) => ({
      hostPath: pick(['/srv', '/with space', '~', '~/my app', 'C:\\Users\\me', "/o'clock", '/a:b', '/a,"b"']),
      path: `/b${String(index)}`,
      readOnly: flag(),
    })),
    tmpfs: some((index) => ({ path: `/t${String(index)},x`, size: pick([0, 1024, 65536, 1000]) })),
    autoRemove: policy === 'no' && flag(),
    tty: flag(),
    openStdin: flag(),
    workingDirectory: pick(['', '/app', '/my app']),
    user: pick(['', 'node', '1000:1000']),
    restart: { policy, retries: policy === 'on-failure' ? below(5) : 0 },
    cpus: pick([0, 0.25, 1.5, 2]),
    memory: pick([0, 64 * 1024 ** 2, 1024 ** 3, 123_456_789]),
    pids: pick([0, 100]),
    health: pick([
      { kind: 'image' },
      { kind: 'none' },
      {
        kind: 'command',
        command: 'curl -f "x" || exit 1',
        interval: 5,
        timeout: 1.5,
        startPeriod: 0,
        retries: 3,
      },
    ] as const),
    labels: some((index) => ({ name: `label.${String(index)} x`, value: pick(hard) })),
    networks,
    hostname: pick(['', 'web.local']),
    extraHosts: some((index) => ({
      name: `host${String(index)}`,
      address: pick(['10.0.0.1', 'host-gateway', 'fd00::1']),
    })),
    dns: unlike(some(() => pick(['1.1.1.1', 'fd00::53']))),
    capAdd: unlike(some(() => pick(['NET_ADMIN', 'SYS_TIME']))),
    capDrop: unlike(some(() => pick(['ALL', 'CHOWN']))),
    devices: some((index) => ({
      source: `/dev/fuse${String(index)}`,
      path: pick(['/dev/fuse', '/dev/other']),
      permissions: pick(['rwm', 'r']),
    })),
    readOnlyRoot: flag(),
    init: flag(),
    privileged: flag(),
    hostPid: flag(),
    platform: pick(['', 'linux/arm64']),
    logging: {
      driver: pick(['', 'json-file']),
      options: some((index) => ({ name: `opt${String(index)}`, value: pick(hard) })),
    },
  })
}
