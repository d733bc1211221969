import { once } from 'node:events'
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pino from 'pino'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { DockerAccess } from '../../../../src/main/docker-cli/docker-access'
import { berthPaths } from '../../../../src/main/host/berth-files'
import type { DockerTools } from '../../../../src/shared/docker-cli'

describe('the state of the docker tools on this computer', () => {
  let folder: string
  let hosts: DockerAccess[]

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'berth-tools-'))
    hosts = []
  })
  afterEach(async () => {
    for (const host of hosts) await host.close()
    await rm(folder, { recursive: true })
  })

  function create(home = join(folder, 'home'), env: Record<string, string> = {}): DockerAccess {
    const host = new DockerAccess({
      paths: berthPaths({ BERTH_HOME: home }, 'linux'),
      platform: 'linux',
      env: { DOCKER_CONFIG: join(folder, 'docker'), ...env },
      log: pino({ level: 'silent' }),
      openEngine: () => Promise.reject(new Error('there is no engine')),
    })
    hosts.push(host)
    return host
  }

  it('contains the engine’s address, and the context that the settings request', async () => {
    const host = create()
    const changes: DockerTools['context'][] = []
    host.on('change', ({ context }) => changes.push(context))
    await host.start({ context: true, useContext: false })
    expect(host.tools).toEqual({
      dockerHost: `unix://${join(folder, 'home', 'run', 'docker.sock')}`,
      context: 'present',
    })
    await Promise.all([
      host.keepContext({ context: true, useContext: true }),
      host.keepContext({ context: false, useContext: true }),
    ])
    expect(changes).toEqual(['present', 'current', 'absent'])
  })

  it('contains the reason why there is no socket, and the context is created anyway', async () => {
    const host = create(join(folder, 'x'.repeat(100)))
    await host.start({ context: true, useContext: false })
    expect(host.tools).toMatchObject({ context: 'present', socketProblem: { code: 'docker.socket-path' } })
  })

  it('contains the reason why the context is not current, until the problem is solved', async () => {
    const config = join(folder, 'docker', 'config.json')
    await mkdir(join(folder, 'docker'))
    await writeFile(config, '{ broken')
    const host = create()
    await host.start({ context: true, useContext: true })
    expect(host.tools.contextProblem).toMatchObject({
      code: 'docker.config-broken',
      params: { file: config },
    })
    expect(await readFile(config, 'utf8')).toBe('{ broken')
    await writeFile(config, '{}')
    await host.keepContext({ context: true, useContext: true })
    expect(host.tools.contextProblem).toBeUndefined()
    expect(host.tools.context).toBe('current')
  })

  it('is updated when the Docker CLI has changed config.json', async () => {
    const config = join(folder, 'docker', 'config.json')
    await mkdir(join(folder, 'docker'))
    await writeFile(config, '{ broken')
    const host = create()
    await host.start({ context: true, useContext: true })
    expect(host.tools.contextProblem?.code).toBe('docker.config-broken')
    const mended = once(host, 'change')
    await writeFile(config, '{"auths":{}}')
    await mended
    expect(host.tools).toMatchObject({ context: 'current', contextProblem: undefined })

    // Another program replaces the file, as the CLI does. The new file selects no context. Berth must keep that.
    const left = new Promise<void>((resolve) => {
      host.on('change', ({ context }) => {
        if (context === 'present') resolve()
      })
    })
    await writeFile(`${config}.new`, '{"auths":{"ghcr.io":{}}}')
    await rename(`${config}.new`, config)
    await left
    expect(JSON.parse(await readFile(config, 'utf8'))).toEqual({ auths: { 'ghcr.io': {} } })
  })

  it('is updated on request, even if there was no folder to watch', async () => {
    await writeFile(join(folder, 'docker'), 'no folder')
    const host = create()
    await host.start({ context: true, useContext: false })
    expect(host.tools.contextProblem?.code).toBe('docker.config-unwritable')
    await rm(join(folder, 'docker'))
    await host.recheck()
    expect(host.tools).toMatchObject({ context: 'present', contextProblem: undefined })
    await rm(join(folder, 'docker', 'contexts'), { recursive: true })
    await host.recheck()
    expect(host.tools.context).toBe('absent')
    const told = once(host, 'change')
    await writeFile(join(folder, 'docker', 'config.json'), '{}')
    await told
  })

  it('names the environment variable that overrides the current context', () => {
    expect(create(undefined, { DOCKER_HOST: 'tcp://x', DOCKER_CONTEXT: 'y' }).tools.overriddenBy).toBe(
      'DOCKER_HOST',
    )
    expect(create(undefined, { DOCKER_CONTEXT: 'y', DOCKER_HOST: '' }).tools.overriddenBy).toBe(
      'DOCKER_CONTEXT',
    )
    expect(create().tools.overriddenBy).toBeUndefined()
  })
})
