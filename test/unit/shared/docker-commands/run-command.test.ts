import { describe, expect, it } from 'vitest'
import { commandLine, runCommand } from '../../../../src/shared/docker-commands'
import { readRunLine } from '../../../../src/shared/docker-commands/read'
import { completeSpec, type RunRequest } from '../../../../src/shared/run'
import { randomRequest } from '../../../support/random-requests'
import { seededRandom } from '../../../support/seeded-random'

const plain: RunRequest = {
  image: 'nginx',
  command: [],
  environment: [],
  ports: [],
  volumes: [],
  autoRemove: false,
  tty: false,
}

function line(request: Partial<RunRequest>, options = {}): string {
  return commandLine(runCommand({ ...plain, ...request }, options))
}

/** The Docker CLI has one word for the entry point. */
function asTheCli(request: RunRequest) {
  const spec = completeSpec(request)
  const [program, ...rest] = spec.entrypoint
  return {
    ...spec,
    entrypoint: program === undefined ? [] : [program],
    command: [...rest, ...spec.command],
  }
}

describe('the docker run line of a request', () => {
  it('has only the flags that differ from the defaults', () => {
    expect(line({})).toBe('docker run -d nginx')
    expect(
      line({
        name: 'web',
        tty: true,
        ports: [{ hostIp: '', hostPort: 5000, containerPort: 8080, protocol: 'tcp' }],
        volumes: [{ volume: '', path: '/usr/src/app/node_modules', readOnly: false }],
        binds: [{ hostPath: '~/my app', path: '/usr/src/app', readOnly: true }],
        environment: [{ name: 'GREETING', value: "it's me" }],
        command: ['sh', '-c', 'echo $HOME'],
      }),
    ).toBe(
      `docker run -d --name web -it -p 5000:8080 -e 'GREETING=it'\\''s me' -v /usr/src/app/node_modules -v ~/'my app:/usr/src/app:ro' nginx sh -c 'echo $HOME'`,
    )
  })

  it('uses --mount for what -v cannot express', () => {
    expect(line({ binds: [{ hostPath: '/a:b', path: '/x', readOnly: true }] })).toContain(
      '--mount type=bind,source=/a:b,target=/x,readonly',
    )
    expect(line({ volumes: [{ volume: '', path: '/x', readOnly: true }] })).toContain(
      '--mount type=volume,target=/x,readonly',
    )
    expect(line({ tmpfs: [{ path: '/a,"b"', size: 1024 }] })).toContain(
      `--mount 'type=tmpfs,"target=/a,""b""",tmpfs-size=1024'`,
    )
  })

  it('writes the further words of an entry point before the command', () => {
    expect(line({ entrypoint: ['sh', '-c'], command: ['exit 3'] })).toBe(
      `docker run -d --entrypoint sh nginx -c 'exit 3'`,
    )
  })

  it('leaves the values of variables and log options out of a line that Berth keeps', () => {
    const kept = line(
      {
        environment: [{ name: 'PASSWORD', value: 'hunter2' }],
        logging: { driver: 'splunk', options: [{ name: 'splunk-token', value: 'hunter2' }] },
      },
      { withoutSecrets: true },
    )
    expect(kept).toBe('docker run -d -e PASSWORD --log-driver splunk nginx')
  })

  it('hides what looks like a secret in a line that Berth keeps, and nothing else', () => {
    const secrets = { withoutSecrets: true }
    const kept = line(
      {
        entrypoint: ['redis-server', '--requirepass', 'hunter2'],
        command: [
          ...[
            '--db=postgres://me:hunter2@db/x',
            'sh',
            '-c',
            'app --api-key hunter2 && PGPASSWORD="hunter2" psql',
          ],
          ...['--header', 'Authorization: Bearer hunter2hunter2', '--header', 'Authorization: hunter2'],
        ],
        labels: [
          { name: 'traefik.http.middlewares.a.basicauth.users', value: 'me:$apr1$hunter2' },
          { name: 'note', value: 'TOKEN=hunter2' },
        ],
        health: {
          ...{ kind: 'command', command: 'mysqladmin ping -u root -phunter2' },
          ...{ interval: 0, timeout: 0, startPeriod: 0, retries: 0 },
        },
      },
      secrets,
    )
    expect(kept).not.toContain('hunter2')
    expect(kept).toContain(`-l 'note=TOKEN=…'`)
    expect(kept).toContain(`--health-cmd 'mysqladmin ping -u root -p…'`)
    expect(line({ command: ['mysql', '-phunter2'] }, secrets)).toBe(`docker run -d nginx mysql '-p…'`)
    const harmless = {
      command: ['sh', '-c', 'ls -p 80 | grep --author me > /dev/null', '--passive', 'yes', '-p', '8080:80'],
      labels: [{ name: 'org.opencontainers.image.authors', value: 'https://example.com/@me' }],
    }
    expect(line(harmless, secrets)).toBe(line(harmless))
  })

  it('is right for zsh, and for the folder of the user', () => {
    expect(line({ command: ['=ls', 'a=b'] })).toBe(`docker run -d nginx '=ls' a=b`)
    expect(line({ privileged: true, hostPid: true })).toBe('docker run -d --privileged --pid host nginx')
  })

  it('is read back as the same request, for a thousand random requests', () => {
    const random = seededRandom(20261128)
    for (let round = 0; round < 1000; round++) {
      const request = randomRequest(random)
      const written = commandLine(runCommand(request))
      const read = readRunLine(written, '/never/used')
      expect(read, written).toEqual({
        request: asTheCli(request),
        notTaken: [],
        variables: [],
        needsFolder: false,
        files: [],
      })
    }
  })
})
