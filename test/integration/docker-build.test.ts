import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { freePort } from '../../src/main/lib/net'
import { engineSocketPath } from '../../src/main/engine/client'
import { findGuestImage } from '../../src/main/guest-image/newest-or-previous'
import { addCliPlugins } from '../support/cli-plugins'
import { hasDockerCli } from '../support/docker-cli'
import { listeningSocket } from '../support/docker-socket'
import { busybox, EngineFixture, eventually } from '../support/engine-fixture'
import { servedRepository } from '../support/git-server'
import { temporaryPaths } from '../support/machine-fixture'

describe.runIf(hasDockerCli)('builds by the host’s docker', () => {
  let fixture: EngineFixture
  let proxy: Awaited<ReturnType<typeof listeningSocket>>
  let folder: string

  beforeAll(async () => {
    fixture = await EngineFixture.open()
    folder = await mkdtemp(join(tmpdir(), 'berth-builds-'))
    proxy = await listeningSocket({ openEngine: () => fixture.machine.link.openUnixSocket(engineSocketPath) })
    await mkdir(join(folder, 'config'))
    const image = await findGuestImage(await temporaryPaths(), 'x86_64')
    if (image === undefined) throw new Error('there is no guest image')
    await addCliPlugins(image, join(folder, 'config'))
  })
  afterEach(() => fixture.clear())
  afterAll(async () => {
    await proxy.close()
    await fixture.close()
    await rm(folder, { recursive: true })
  })

  /** What it prints. */
  async function docker(args: string[], buildKit = '1'): Promise<string> {
    const { stdout } = await execa('docker', args, {
      env: {
        DOCKER_HOST: `unix://${proxy.path}`,
        DOCKER_CONFIG: join(folder, 'config'),
        DOCKER_BUILDKIT: buildKit,
      },
    })
    return stdout
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

  it.each(['0', '1'])('take a folder, DOCKER_BUILDKIT=%s', async (kit) => {
    await docker(['build', '-t', `built:${kit}`, await context(`kit-${kit}`, `hello from ${kit}`)], kit)
    expect(await docker(['run', '--rm', `built:${kit}`, 'cat', '/copied'])).toBe(`hello from ${kit}`)
    await eventually(() => [proxy.socket.connections, proxy.socket.activity.inFlight]).toEqual([0, 0])
  })

  it('take the URL of a repository', async () => {
    const repository = await servedRepository(await context('repository', 'hello from git'), await freePort())
    try {
      await docker(['build', '-t', 'cloned', repository.url])
      expect(await docker(['run', '--rm', 'cloned', 'cat', '/copied'])).toBe('hello from git')
    } finally {
      await repository.close()
    }
  })
})
