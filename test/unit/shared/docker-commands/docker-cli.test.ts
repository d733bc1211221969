import { mkdtemp, rm } from 'node:fs/promises'
import http from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { json } from 'node:stream/consumers'
import { execa } from 'execa'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { newContainerBody } from '../../../../src/main/engine/create-body'
import { listen } from '../../../../src/main/lib'
import { commandLine, runCommand } from '../../../../src/shared/docker-commands'
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

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'berth-cli-'))
    server = http.createServer((request, response) => {
      response.setHeader('API-Version', '1.48')
      response.setHeader('OSType', 'linux')
      if (request.url?.includes('/containers/create') !== true) {
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

  it('sends the same request for a shown line as Berth, for random requests', async () => {
    const random = seededRandom(41)
    for (let round = 0; round < 30; round++) {
      const request = randomRequest(random)
      // The CLI refuses the name of a label with a space, which the engine accepts.
      const labels = (request.labels ?? []).map((row) => ({ ...row, name: row.name.replace(' ', '-') }))
      const wanted = { ...request, labels, platform: '' }
      const line = commandLine(runCommand(wanted))
      await execa('sh', ['-c', line], {
        env: {
          DOCKER_HOST: `unix://${join(folder, 'docker.sock')}`,
          DOCKER_CONFIG: folder,
          HOME: '/home/me',
        },
      })
      const sent = bodies.at(-1)
      if (sent === undefined) throw new Error('the CLI has sent nothing')
      const body = newContainerBody(wanted)
      expect(comparable(sent), line).toEqual(comparable(JSON.parse(JSON.stringify(body)) as Body))
    }
    expect(bodies).toHaveLength(30)
  }, 60_000)
})
