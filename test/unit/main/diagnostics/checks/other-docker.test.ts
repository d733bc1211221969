import { once } from 'node:events'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { engineSockets, otherDocker } from '../../../../../src/main/diagnostics/checks/other-docker'
import { contextOf } from '../support'

let home: string
let env: Record<string, string>
let server: Server | undefined

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'berth-other-docker-'))
  env = { HOME: home, XDG_RUNTIME_DIR: home }
  await mkdir(join(home, '.rd'))
  await mkdir(join(home, '.docker'))
})
afterEach(async () => {
  server?.close()
  server = undefined
  await rm(home, { recursive: true })
})

const socket = () => engineSockets({ platform: 'linux', env })['Rancher Desktop'] ?? ''
const check = () => otherDocker.run(contextOf({ env }), new AbortController().signal)
async function rancherDesktopRuns(): Promise<void> {
  server = createServer().listen(socket())
  await once(server, 'listening')
}
const useContext = (currentContext: string) =>
  writeFile(join(home, '.docker', 'config.json'), JSON.stringify({ currentContext }))

describe('another Docker', () => {
  it('is not reported if only its socket file is left', async () => {
    await writeFile(socket(), '')
    expect(String((await check()).params.names ?? '')).not.toContain('Rancher Desktop')
  })

  it('that the Docker CLI uses is reported, with a fix and with instructions to quit that Docker', async () => {
    await rancherDesktopRuns()
    await useContext('rancher-desktop')
    const { finding, params, fix } = await check()
    expect({ finding, fix, current: params.current }).toEqual({
      finding: 'other-docker.used',
      fix: 'use-context',
      current: 'rancher-desktop',
    })
    expect(String(params.quit)).toContain('rdctl shutdown')
  })

  it('is no problem when the Docker CLI uses Berth', async () => {
    await rancherDesktopRuns()
    await useContext('berth')
    expect(await check()).toMatchObject({ status: 'ok', finding: 'other-docker.beside' })
  })

  it('that an environment variable chooses has no fix, because the variable overrides the context', async () => {
    await rancherDesktopRuns()
    for (const [name, value, current] of [
      ['DOCKER_HOST', 'unix:///x', 'DOCKER_HOST'],
      ['DOCKER_CONTEXT', 'colima', 'colima'],
    ] as const) {
      env = { HOME: home, XDG_RUNTIME_DIR: home, [name]: value }
      const { finding, params, fix } = await check()
      expect({ finding, fix, current: params.current }).toEqual({
        finding: 'other-docker.used',
        fix: undefined,
        current,
      })
    }
  })
})
