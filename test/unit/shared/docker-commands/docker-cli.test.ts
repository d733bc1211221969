import { mkdtemp, rm } from 'node:fs/promises'
import http from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { json } from 'node:stream/consumers'
import { execa } from 'execa'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { newContainerBody } from '../../../../src/main/engine/create-body'
import { listen } from '../../../../src/main/lib'
import {
  commandLine,
  exportCommand,
  reclaimCommand,
  runCommand,
  updateLimitsCommand,
} from '../../../../src/shared/docker-commands'
import type { ChangeableLimits } from '../../../../src/shared/isolation'
import { updateBody } from '../../../../src/shared/limits-update'
import { hasDockerCli } from '../../../support/docker-cli'
import { randomRequest } from '../../../support/random-requests'
import { seededRandom } from '../../../support/seeded-random'

type Body = Record<string, unknown> & {
  Cmd?: string[] | null
  Entrypoint?: string[] | null
  Env?: string[] | null
  HostConfig: Record<string, unknown>
  NetworkingConfig: { EndpointsConfig?: Record<string, unknown> }
}

/** Removes values that mean the same as their absence. */
function filled(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(filled)
  if (typeof value !== 'object' || value === null) return value
  const meaningless: unknown[] = [null, undefined, '', 0, false, -1]
  const isEmpty = (one: unknown) =>
    meaningless.includes(one) || (typeof one === 'object' && one !== null && Object.keys(one).length === 0)
  return Object.fromEntries(
    Object.entries(value)
      .map(([key, one]) => [key, filled(one)] as const)
      .filter(([, one]) => !isEmpty(one)),
  )
}

/** What two bodies must have in common. `-v` writes mounts in another place than Berth. */
function comparable({ Cmd, Entrypoint, Env, ...body }: Body): unknown {
  const host = body.HostConfig
  const capabilities = (names: unknown) =>
    ((names ?? []) as string[]).map((name) => name.replace(/^CAP_/, '')).sort()
  const policy = host.RestartPolicy as { Name?: string } | undefined
  return filled({
    ...body,
    AttachStdout: null,
    AttachStderr: null,
    Volumes: null,
    program: [...(Entrypoint ?? []), ...(Cmd ?? [])],
    Env: [...(Env ?? [])].sort(),
    HostConfig: {
      ...host,
      Binds: null,
      Mounts: null,
      ConsoleSize: null,
      CapAdd: capabilities(host.CapAdd),
      CapDrop: capabilities(host.CapDrop),
      RestartPolicy: policy?.Name === 'no' ? null : policy,
      NetworkMode: host.NetworkMode === 'bridge' ? 'default' : (host.NetworkMode ?? 'default'),
    },
    NetworkingConfig: Object.fromEntries(
      Object.entries(body.NetworkingConfig.EndpointsConfig ?? {}).filter(([name]) => name !== 'default'),
    ),
  })
}

describe.runIf(hasDockerCli)('the docker CLI', () => {
  let folder: string
  let server: http.Server
  const bodies: Body[] = []
  const updates: unknown[] = []
  const requests: string[] = []

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'berth-cli-'))
    server = http.createServer((request, response) => {
      response.setHeader('API-Version', '1.48')
      response.setHeader('OSType', 'linux')
      const path = (request.url ?? '').replace(/^\/v[\d.]+/, '')
      requests.push(`${request.method ?? ''} ${decodeURIComponent(path)}`)
      if (path.endsWith('/update')) {
        void json(request).then((body) => {
          updates.push(body)
          response.setHeader('Content-Type', 'application/json')
          response.end('{}')
        })
        return
      }
      if (path.includes('prune')) {
        response.setHeader('Content-Type', 'application/json')
        response.end('{}')
        return
      }
      if (!path.startsWith('/containers/create')) {
        response.statusCode = request.url?.endsWith('/start') === true ? 204 : 200
        response.end()
        return
      }
      void json(request).then((body) => {
        bodies.push(body as Body)
        response.writeHead(201, { 'Content-Type': 'application/json' }).end('{"Id":"x"}')
      })
    })
    await listen(server, { path: join(folder, 'docker.sock') })
  })
  afterAll(async () => {
    server.close()
    await rm(folder, { recursive: true })
  })

  async function shell(line: string): Promise<void> {
    await execa('sh', ['-c', line], {
      // A prune asks first.
      input: 'y\n',
      env: {
        DOCKER_HOST: `unix://${join(folder, 'docker.sock')}`,
        DOCKER_CONFIG: folder,
        HOME: '/home/me',
      },
    })
  }

  it('sends the same request for a shown line as Berth, for random requests', async () => {
    const random = seededRandom(41)
    for (let round = 0; round < 30; round++) {
      const request = randomRequest(random)
      // The CLI refuses the name of a label with a space, which the engine accepts.
      const labels = (request.labels ?? []).map((row) => ({ ...row, name: row.name.replace(' ', '-') }))
      const wanted = { ...request, labels, platform: '' }
      const line = commandLine(runCommand(wanted))
      await shell(line)
      const sent = bodies.at(-1)
      if (sent === undefined) throw new Error('the CLI has sent nothing')
      const body = newContainerBody(wanted)
      expect(comparable(sent), line).toEqual(comparable(JSON.parse(JSON.stringify(body)) as Body))
    }
    expect(bodies).toHaveLength(30)
  }, 60_000)

  it('sends the same limits as Berth, for random changes', async () => {
    const random = seededRandom(42)
    const pick = <T>(...values: T[]): T => {
      const value = values[Math.floor(random() * values.length)]
      if (value === undefined) throw new Error('there is nothing to pick from')
      return value
    }
    const most = { cpus: 4, memory: 4_123_456_789 }
    const quota = { NanoCpus: 0, CpuQuota: 20_000, CpuPeriod: 50_000 }
    let changes = 0
    for (let round = 0; round < 30; round++) {
      const stored = {
        ...pick(quota, { NanoCpus: pick(0, 5e8), CpuQuota: 0, CpuPeriod: 0 }),
        ...{ CpuShares: pick(0, 512), CpusetCpus: pick('', '0-1'), PidsLimit: pick(0, 7) },
        ...pick({ Memory: 0, MemorySwap: 0 }, { Memory: 2 ** 26, MemorySwap: pick(-1, 2 ** 26, 2 ** 27) }),
        RestartPolicy: { Name: 'no', MaximumRetryCount: 0 },
      }
      const limits: ChangeableLimits = {
        cpus: pick<number | null>(null, 0.25, 0.123456789, 3),
        cpuShares: pick<number | null>(null, 100),
        processors: pick('', '0', '1-3'),
        memory: pick<number | null>(null, 2 ** 26, 123_456_789),
        pids: pick<number | null>(null, 7, 100),
        restart: pick<ChangeableLimits['restart']>(
          { policy: 'no', retries: 0 },
          { policy: 'on-failure', retries: 3 },
          { policy: 'always', retries: 0 },
        ),
      }
      const body = updateBody(stored, limits, most)
      const words = updateLimitsCommand('web', body)
      if (words === undefined) continue
      changes++
      await shell(commandLine(words))
      expect(updates, commandLine(words)).toHaveLength(changes)
      // -1 means no limit, so it is not the same as nothing.
      const unlimited = (value: unknown) =>
        JSON.parse(JSON.stringify(value).replaceAll(':-1', ':"none"')) as unknown
      expect(filled(unlimited(updates.at(-1))), commandLine(words)).toEqual(filled(unlimited(body)))
    }
    expect(changes).toBeGreaterThan(20)
  }, 60_000)

  it.each([
    [reclaimCommand('containers'), 'POST /containers/prune'],
    [reclaimCommand('images'), 'POST /images/prune?filters={"dangling":{"false":true}}'],
    [reclaimCommand('volumes'), 'POST /volumes/prune?filters={"all":{"true":true}}'],
    [exportCommand('web'), 'GET /containers/web/export'],
  ])('sends what Berth sends for %j', async (words, sent) => {
    await shell(`cd ${folder} && ${commandLine(words)}`)
    expect(requests).toContain(sent)
  })
})
