import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { freePort } from '../../src/main/lib/net'
import { engineSocketPath } from '../../src/main/engine/client'
import { addCliPlugins } from '../support/cli-plugins'
import { hasDockerCli } from '../support/docker-cli'
import { listeningSocket } from '../support/docker-socket'
import { busybox, EngineFixture, eventually } from '../support/engine-fixture'
import { servedRepository } from '../support/git-server'
import { requestIdentities, sshAgent, unixClient } from '../support/ssh-agent'

describe.runIf(hasDockerCli)('builds by the host’s docker', () => {
  let fixture: EngineFixture
  let proxy: Awaited<ReturnType<typeof listeningSocket>>
  let folder: string

  beforeAll(async () => {
    fixture = await EngineFixture.open()
    folder = await mkdtemp(join(tmpdir(), 'berth-builds-'))
    proxy = await listeningSocket({ openEngine: () => fixture.machine.link.openUnixSocket(engineSocketPath) })
    await mkdir(join(folder, 'config'))
    await addCliPlugins(join(folder, 'config'))
  })
  afterEach(() => fixture.clear())
  afterAll(async () => {
    await proxy.close()
    await fixture.close()
    await rm(folder, { recursive: true })
  })

  function start(args: string[], buildKit = '1') {
    return execa('docker', args, {
      env: {
        DOCKER_HOST: `unix://${proxy.path}`,
        DOCKER_CONFIG: join(folder, 'config'),
        DOCKER_BUILDKIT: buildKit,
      },
    })
  }

  /** Runs the Docker CLI. Returns its standard output. */
  async function docker(args: string[], buildKit = '1'): Promise<string> {
    return (await start(args, buildKit)).stdout
  }

  async function context(name: string, greeting: string): Promise<string> {
    const made = join(folder, name)
    await mkdir(made)
    await writeFile(
      join(made, 'Dockerfile'),
      `FROM ${busybox}\nCOPY greeting /\nRUN cat greeting > /copied\n`,
    )
    await writeFile(join(made, 'greeting'), greeting)
    return made
  }

  it.each(['0', '1'])('use a folder as the build context, with DOCKER_BUILDKIT=%s', async (kit) => {
    await docker(['build', '-t', `built:${kit}`, await context(`kit-${kit}`, `hello from ${kit}`)], kit)
    expect(await docker(['run', '--rm', `built:${kit}`, 'cat', '/copied'])).toBe(`hello from ${kit}`)
    await eventually(() => [proxy.socket.connections, proxy.socket.activity.inFlight]).toEqual([0, 0])
  })

  it('use the ssh-agent of this computer', async () => {
    const made = join(folder, 'ssh')
    await mkdir(made)
    unixClient(join(made, 'client'))
    const agent = await sshAgent(made)
    const ask = `printf '${requestIdentities}' | /client "$SSH_AUTH_SOCK" message | od -An -v -tx1 | tr -d ' \\n' > /keys`
    await writeFile(join(made, 'Dockerfile'), `FROM ${busybox}\nCOPY client /\nRUN --mount=type=ssh ${ask}\n`)
    await writeFile(join(made, '.dockerignore'), '*\n!client\n')
    try {
      await docker(['build', '-t', 'ssh', '--ssh', `default=${agent.path}`, made])
      expect(await docker(['run', '--rm', 'ssh', 'cat', '/keys'])).toContain(agent.key)
    } finally {
      await agent.close()
    }
  })

  it('use the URL of a git repository as the build context', async () => {
    const repository = await servedRepository(await context('repository', 'hello from git'), await freePort())
    try {
      await docker(['build', '-t', 'cloned', repository.url])
      expect(await docker(['run', '--rm', 'cloned', 'cat', '/copied'])).toBe('hello from git')
    } finally {
      await repository.close()
    }
  })

  it('can be checked without a real build, and appear in the build history', async () => {
    const made = await context('checked', 'hello')
    await writeFile(join(made, 'Dockerfile'), `FROM ${busybox} as lower\nRUN false\n`)
    await expect(docker(['build', '--check', made])).rejects.toMatchObject({
      stdout: expect.stringContaining('FromAsCasing') as string,
    })
    const remembered = await context('remembered', 'hello')
    await docker(['build', '-t', 'remembered', remembered])
    const newest = 'buildx history inspect --format {{.Status}}'
    expect(await docker(newest.split(' '))).toBe('completed')
    expect((await fixture.machine.link.exec(`docker ${newest.replace(/{.*}/, "'$&'")}`)).stdout).toBe(
      'completed\n',
    )
  })

  it('work with compose, which reports progress as JSON and copies changed files', async () => {
    const project = await context('watched', 'hello')
    const web = {
      build: '.',
      command: ['sleep', 'infinity'],
      develop: { watch: [{ action: 'sync', path: './files', target: '/files' }] },
    }
    await mkdir(join(project, 'files'))
    await writeFile(join(project, 'compose.yaml'), JSON.stringify({ services: { web } }))
    const compose = ['compose', '--progress', 'json', '-f', join(project, 'compose.yaml')]
    const watching = start([...compose, 'up', '--watch'])
    const output = { text: '' }
    for (const stream of [watching.stdout, watching.stderr])
      stream.on('data', (chunk: Buffer) => (output.text += chunk.toString()))
    try {
      await eventually(() => output.text).toContain('Watch enabled')
      const json = output.text.split('\n').filter((line) => line.startsWith('{'))
      expect(
        json.map((line) => z.object({ id: z.string().optional() }).loose().parse(JSON.parse(line)).id),
      ).toContain('Container watched-web-1')
      await writeFile(join(project, 'files', 'new'), 'of this computer')
      const copied = () => docker([...compose, 'exec', 'web', 'cat', '/files/new']).catch(String)
      await eventually(copied).toBe('of this computer')
    } finally {
      watching.kill()
      await watching.catch(() => undefined)
      await docker([...compose, 'down', '-t', '0'])
    }
  })
})
