import { describe, expect, it } from 'vitest'
import {
  composeServices,
  looksLikeCompose,
  readComposeService,
} from '../../../../src/shared/docker-commands/read'

const file = `name: shop
x-common: &common
  restart: unless-stopped
services:
  web:
    <<: *common
    image: nginx:\${TAG:-alpine}
    container_name: web
    command: sh -c "echo $$HOME"
    ports:
      - "8080:80"
      - target: 53
        published: "5353"
        protocol: udp
        host_ip: 127.0.0.1
      - 9000-9010:80
    environment:
      A: 1
      EMPTY: ""
      FROM_SHELL:
      TOKEN: \${TOKEN}
    volumes:
      - ./site:/usr/share/nginx/html:ro
      - data:/data
      - type: tmpfs
        target: /scratch
        tmpfs: { size: 64m }
    networks:
      back: { aliases: [shop], ipv4_address: 10.5.0.2, priority: 3 }
    deploy:
      replicas: 2
      resources: { limits: { cpus: "0.5", memory: 64M } }
    healthcheck: { test: [CMD, curl, -f, "http://x y"], interval: 1m, retries: 5 }
    extra_hosts: [ "db:10.0.0.1", "host.docker.internal=host-gateway" ]
    depends_on: [db]
    shm_size: 1g
  db:
    build: .
volumes:
  data: { name: shop-data }
networks:
  back: {}
`

function read(text: string, service: string, folder = '/home/me') {
  const found = readComposeService(text, service, folder)
  if ('problem' in found) throw new Error(found.problem)
  return found
}

describe('a pasted compose file', () => {
  it('offers its services', () => {
    expect(looksLikeCompose(file)).toBe(true)
    expect(looksLikeCompose('docker run -v a:/b image: x')).toBe(false)
    expect(composeServices(file)).toEqual({ names: ['web', 'db'] })
    expect(composeServices('image: nginx\nports: ["80:80"]')).toEqual({ names: [''] })
    expect(composeServices('web:\n  image: nginx\n')).toEqual({ names: ['web'] })
  })

  it('fills the form from a service', () => {
    const { request, notTaken, variables } = read(file, 'web')
    expect(request).toMatchObject({
      image: 'nginx:alpine',
      name: 'web',
      command: ['sh', '-c', 'echo $HOME'],
      restart: { policy: 'unless-stopped' },
      ports: [
        { hostIp: '', hostPort: 8080, containerPort: 80, protocol: 'tcp' },
        { hostIp: '127.0.0.1', hostPort: 5353, containerPort: 53, protocol: 'udp' },
      ],
      environment: [
        { name: 'A', value: '1' },
        { name: 'EMPTY', value: '' },
        { name: 'TOKEN', value: '${TOKEN}' },
      ],
      binds: [{ hostPath: '/home/me/site', path: '/usr/share/nginx/html', readOnly: true }],
      volumes: [{ volume: 'shop-data', path: '/data', readOnly: false }],
      tmpfs: [{ path: '/scratch', size: 64 * 1024 ** 2 }],
      networks: [{ network: 'back', aliases: ['shop'], ipv4: '10.5.0.2', ipv6: '' }],
      cpus: 0.5,
      memory: 64 * 1024 ** 2,
      health: { kind: 'command', command: "curl -f 'http://x y'", interval: 60, retries: 5 },
      extraHosts: [
        { name: 'db', address: '10.0.0.1' },
        { name: 'host.docker.internal', address: 'host-gateway' },
      ],
    })
    expect(notTaken).toEqual([
      'ports: 9000-9010:80',
      'environment: FROM_SHELL',
      'deploy.replicas',
      'depends_on',
      'shm_size',
    ])
    expect(variables).toEqual(['${TOKEN}'])
    expect(read(file, 'web', '').needsFolder).toBe(true)
  })

  it('says what is wrong', () => {
    expect(readComposeService(file, 'db', '')).toMatchObject({ problem: 'onlyBuild', subject: 'db' })
    expect(composeServices('a: [1\nb: 2')).toMatchObject({ problem: 'wrongYaml' })
    expect(composeServices('version: "3"\n')).toMatchObject({ problem: 'noService' })
    expect(composeServices('services: {}\n')).toMatchObject({ problem: 'noService' })
  })

  it('keeps what other notations mean', () => {
    const { request, notTaken, files, variables } = read(
      `  web:
    image: x
    tty: "yes"
    read_only: \${RO:-true}
    privileged: true
    pid: host
    entrypoint: []
    env_file:
      - dev.env
      - { path: raw.env, format: raw }
    stop_signal: \${NOT_TAKEN}
    environment:
      ID: 12345678901234567890
      URL: \${URL:-\${SCHEME:-http}://\${HOST}}
    healthcheck: { test: "true", interval: sometimes, retries: many }
    volumes:
      - { type: tmpfs, target: /t, tmpfs: { mode: 448 } }
  other:
    image: \${OTHER}
`,
      'web',
    )
    expect(request).toMatchObject({ tty: true, readOnlyRoot: true, privileged: true, hostPid: true })
    expect(request.environment).toEqual([
      { name: 'ID', value: '12345678901234567890' },
      { name: 'URL', value: 'http://${HOST}' },
    ])
    expect(variables).toEqual(['${HOST}'])
    expect(files.map(({ kind }) => kind)).toEqual(['dotenv', 'env'])
    expect(notTaken).toEqual([
      ...[
        'entrypoint',
        'stop_signal',
        'healthcheck.interval',
        'healthcheck.retries',
        'volumes: /t (tmpfs.mode)',
      ],
    ])
    expect(looksLikeCompose('  web:\n    image: x')).toBe(true)
  })

  it('refuses aliases that lead nowhere, into themselves, or to a huge file', () => {
    const bomb = Array.from({ length: 12 }, (_, index) => {
      const inner =
        index === 0
          ? '[x]'
          : `[${Array<string>(9)
              .fill(`*a${String(index - 1)}`)
              .join(', ')}]`
      return `a${String(index)}: &a${String(index)} ${inner}`
    })
    for (const text of [
      'image: *missing',
      'image: x\n<<: 5',
      'image: x\nlabels: &a [ *a ]',
      `image: x\nlabels: ${'['.repeat(20_000)}`,
      `${bomb.join('\n')}\nimage: x`,
    ]) {
      expect(composeServices(text), text.slice(0, 50)).toMatchObject({ problem: 'wrongYaml' })
      expect(readComposeService(text, '', ''), text.slice(0, 50)).toMatchObject({ problem: 'wrongYaml' })
    }
    const many = `x-log: &log { driver: local }\nservices:\n${Array.from({ length: 300 }, (_, index) => `  s${String(index)}: { image: x, logging: *log }`).join('\n')}`
    expect(composeServices(many)).toMatchObject({ names: { length: 300 } })
  })

  it('takes keys such as __proto__ as text', () => {
    const { request, notTaken } = read(
      'services:\n  __proto__:\n    image: x\n    __proto__: 1\n    environment: { __proto__: 2 }\n',
      '__proto__',
    )
    expect(request.environment).toEqual([{ name: '__proto__', value: '2' }])
    expect(notTaken).toEqual(['__proto__'])
  })
})
