import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { createServer } from 'node:net'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { createApi } from '../../src/main/api/router'
import { createBerth, type Berth } from '../../src/main/berth'
import { startHeadlessServer, type HeadlessServer } from '../../src/main/headless/server'
import { createLog } from '../../src/main/host/log'
import { defaultSettings } from '../../src/main/settings/settings-defaults'
import type { BerthPaths } from '../../src/main/host/berth-files'
import type { RunRequest } from '../../src/shared/containers'
import { uploadPieceBytes } from '../../src/shared/flow-control'
import { busyboxTar } from '../support/busybox-image'
import { connectHeadless, type TestConnection } from '../support/headless-client'
import { machineSettings, temporaryPaths } from '../support/machine-fixture'
import { startFileServerThread } from '../support/file-server-thread'

const image = 'busybox:latest'
const size = { columns: 80, rows: 24 }
const patience = { timeout: 60_000, interval: 200 }

/** Tests all of Berth except its window: the headless host, with a test client in place of the page. */
describe('the headless host', () => {
  let paths: BerthPaths
  let berth: Berth
  let server: HeadlessServer
  let page: TestConnection

  function create(): Promise<Berth> {
    return createBerth({
      paths,
      log: createLog(paths.logs),
      host: { kind: 'headless', version: '0.0.0', program: [], quit: () => undefined },
      env: { ...process.env, DOCKER_CONFIG: join(paths.home, 'docker-config') },
      platform: 'linux',
      defaults: { ...defaultSettings(), machine: machineSettings, sharedFolders: [] },
      startFileServerThread,
    })
  }

  beforeAll(async () => {
    paths = await temporaryPaths()
    berth = await create()
    server = await startHeadlessServer({ api: createApi(berth), rendererFolder: paths.home, port: 0 })
    page = await connectHeadless(server.loginUrl)
  })
  afterAll(async () => {
    await server.close()
    await berth.shutdown()
  })

  const run = (request: Partial<RunRequest>) =>
    page.client.containers.run({
      image,
      command: ['sleep', '100000'],
      environment: [],
      ports: [],
      volumes: [],
      autoRemove: false,
      tty: false,
      ...request,
    })

  const httpd = (hostPort: number, name: string): Partial<RunRequest> => ({
    name,
    command: ['sh', '-c', 'echo hello from $HOSTNAME > /tmp/index.html; exec httpd -f -p 8080 -h /tmp'],
    ports: [{ hostIp: '', hostPort, containerPort: 8080, protocol: 'tcp' }],
  })

  it('lets no other Berth use the same home folder', async () => {
    await expect(create()).rejects.toMatchObject({
      code: 'host.already-running',
      params: { pid: process.pid },
    })
  })

  it('reports that the machine does not run yet, also to calls that need the machine', async () => {
    const states = await page.client.machine.watch()
    expect((await states.next()).value).toMatchObject({ phase: 'stopped' })
    const events = await page.client.engine.watch()
    expect((await events.next()).value).toEqual({ type: 'offline' })
    await expect(page.client.containers.start({ id: 'web' })).rejects.toMatchObject({
      data: { code: 'machine.not-running' },
    })
    await states.return()
    await events.return()
  })

  it('reports each step while the machine starts', async () => {
    const states = await page.client.machine.watch()
    const phases: string[] = []
    void berth.start()
    for await (const state of states) {
      if (phases.at(-1) !== state.phase) phases.push(state.phase)
      if (state.phase === 'failed') throw new Error(JSON.stringify(state.failure))
      if (state.phase !== 'running') continue
      expect(state.steps.map(({ name }) => name)).toEqual(['image', 'disk', 'boot', 'connect', 'engine'])
      for (const { startedAt, endedAt } of state.steps) expect(endedAt).toBeGreaterThanOrEqual(startedAt)
      break
    }
    expect(phases).toEqual(['stopped', 'preparing', 'booting', 'connecting', 'engine', 'running'])
  })

  it('imports an image that a client sends in pieces', async () => {
    const archive = await busyboxTar()
    const { images, uploads } = page.client
    const { uploadId } = await images.importOpen({
      reference: 'busybox',
      fileName: 'a.tar',
      bytes: archive.length,
    })
    for (let start = 0; start < archive.length; start += uploadPieceBytes) {
      const piece = archive.subarray(start, start + uploadPieceBytes).toString('base64')
      await uploads.piece({ uploadId, piece })
    }
    expect((await uploads.finish({ uploadId })).id).toMatch(/^sha256:/)
    await vi.waitFor(() => {
      expect([...berth.state.images.values()].flatMap(({ tags }) => tags)).toEqual([image])
    }, patience)
  })

  it('reports that a file is not an archive', async () => {
    const { images, uploads } = page.client
    const { uploadId } = await images.importOpen({ reference: 'broken', fileName: 'a.tar', bytes: 3_000 })
    await uploads.piece({ uploadId, piece: Buffer.alloc(3_000, 'no tar').toString('base64') })
    await expect(uploads.finish({ uploadId })).rejects.toMatchObject({
      data: { code: 'image.archive-invalid' },
    })
  })

  it('runs a container, opens its port and notifies another page', async () => {
    const other = await connectHeadless(server.loginUrl)
    const events = await other.client.engine.watch()
    expect((await events.next()).value).toMatchObject({ type: 'snapshot', containers: [] })
    const port = await freePort()
    const { id } = await run(httpd(port, 'web'))
    const answer = await fetch(`http://127.0.0.1:${port}/`)
    expect(await answer.text()).toBe(`hello from ${id.slice(0, 12)}\n`)
    const seen = new Set<string>()
    for await (const event of events) {
      if (event.type === 'container' && event.container.id === id) seen.add(event.container.state)
      if (event.type === 'forwards')
        for (const { containerId, state } of event.forwards) seen.add(`${containerId} ${state}`)
      if (seen.has('running') && seen.has(`${id} open`)) break
    }
    other.drop()
    await page.client.containers.stop({ id, graceSeconds: 0 })
    await vi.waitFor(async () => {
      await expect(fetch(`http://127.0.0.1:${port}/`)).rejects.toThrow()
    }, patience)
    await page.client.containers.remove({ id, force: false, volumes: true })
  })

  it('reports a port that is already in use, and leaves no container behind', async () => {
    const owner = createServer()
    await new Promise<void>((resolve) => owner.listen(0, '127.0.0.1', resolve))
    const port = portOf(owner)
    await expect(run(httpd(port, 'taken'))).rejects.toMatchObject({
      data: { code: 'port.taken', params: { port } },
    })
    expect(await berth.engine.containers.find('taken')).toBeUndefined()
    await new Promise((resolve) => owner.close(resolve))
  })

  it('distinguishes stdout and stderr in a log', async () => {
    const { id } = await run({ command: ['sh', '-c', 'echo out; echo err >&2; sleep 100000'] })
    const { id: sessionId } = await page.client.containers.logs({ id, tail: 10 })
    const events = await page.client.sessions.attach({ sessionId, viewId: randomUUID() })
    const entries = []
    for await (const event of events) {
      if (event.type === 'logs') entries.push(...event.entries)
      if (entries.length === 2) break
    }
    expect(entries).toMatchObject(
      expect.arrayContaining([
        expect.objectContaining({ stream: 'stdout', text: 'out' }),
        expect.objectContaining({ stream: 'stderr', text: 'err' }),
      ]),
    )
    await page.client.sessions.close({ sessionId })
    await page.client.containers.remove({ id, force: true, volumes: true })
  })

  it('ends the process of a shell after its page has closed', async () => {
    const { id } = await run({ name: 'shells' })
    const other = await connectHeadless(server.loginUrl)
    const target = { kind: 'container', containerId: id } as const
    const { id: sessionId, title } = await other.client.terminals.open({ target, size })
    expect(title).toBe('shells')
    await other.client.terminals.write({ sessionId, text: 'sleep 7701\r' })
    const running = async () => (await berth.machine.link.exec("pgrep -x -f 'sleep 7701'")).code === 0
    await vi.waitFor(async () => {
      expect(await running()).toBe(true)
    }, patience)
    other.drop()
    await vi.waitFor(async () => {
      expect(await running()).toBe(false)
    }, patience)
    expect(await page.client.sessions.list()).toEqual([])
  })

  it('stops the machine and closes all ports when it shuts down', async () => {
    const port = await freePort()
    await run(httpd(port, 'last'))
    const { id: sessionId } = await page.client.terminals.open({ target: { kind: 'host' }, size })
    const events = await page.client.sessions.attach({ sessionId, viewId: randomUUID() })
    const states = await page.client.machine.watch()
    await berth.shutdown()
    const ends = []
    for await (const event of events) if (event.type === 'ended') ends.push(event)
    expect(ends).toHaveLength(1)
    for await (const { phase } of states) if (phase === 'stopped') break
    expect(berth.machine.state.phase).toBe('stopped')
    await expect(fetch(`http://127.0.0.1:${port}/`)).rejects.toThrow()
    const next = await create()
    await next.shutdown()
  })
})

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const port = portOf(server)
  await new Promise((resolve) => server.close(resolve))
  return port
}

function portOf(server: ReturnType<typeof createServer>): number {
  const address = server.address()
  if (typeof address !== 'object' || address === null) throw new Error('the server does not listen')
  return address.port
}
