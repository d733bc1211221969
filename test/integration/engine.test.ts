import { Readable } from 'node:stream'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { LogEntry } from '../../src/shared/sessions'
import { busyboxTar } from '../support/busybox-image'
import { hasDockerCli } from '../support/docker-cli'
import { busybox, EngineFixture, eventually, wholeLines } from '../support/engine-fixture'

describe('the engine', () => {
  let fixture: EngineFixture

  beforeAll(async () => {
    fixture = await EngineFixture.open()
  })
  afterEach(() => fixture.clear())
  afterAll(() => fixture.close())

  it('reports its operating system, cgroup version, storage driver and processors', async () => {
    const info = await fixture.engine.info()
    expect(info).toMatchObject({ cgroupVersion: '2', storageDriver: 'overlay2', cpus: 2 })
    expect(info.os).toContain('Debian')
  })

  it('runs a container and lists it as running', async () => {
    const { id } = await fixture.run({ name: 'web', environment: [{ name: 'GREETING', value: 'a=b c' }] })
    const container = fixture.state.containers.get(id)
    expect(container).toMatchObject({
      name: 'web',
      image: busybox,
      state: 'running',
      exitCode: null,
      tty: false,
    })
    expect(container?.pid).toBeGreaterThan(0)
    expect(await fixture.engine.containers.inspect(id)).toContain('"GREETING=a=b c"')
  })

  it.runIf(hasDockerCli)('shows the Docker CLI the same container', async () => {
    const { id } = await fixture.run({ name: 'witness' })
    const line = await fixture.docker.run(
      'ps',
      '--no-trunc',
      '--format',
      '{{.ID}} {{.Names}} {{.Image}} {{.State}}',
    )
    expect(line).toBe(`${id} witness ${busybox} running`)
  })

  it('stops a container with SIGTERM, and starts, restarts, kills and removes it', async () => {
    const { containers } = fixture.engine
    const { id } = await fixture.run()
    await containers.stop(id)
    await eventually(() => fixture.state.containers.get(id)?.state).toBe('exited')
    expect(fixture.state.containers.get(id)?.exitCode).toBe(0)
    await containers.start(id)
    await eventually(() => fixture.state.containers.get(id)?.state).toBe('running')
    const { pid } = await containers.get(id)
    await containers.restart(id)
    await eventually(() => fixture.state.containers.get(id)?.pid).not.toBe(pid)
    await containers.kill(id)
    await eventually(() => fixture.state.containers.get(id)?.exitCode).toBe(137)
    await containers.remove(id, { force: false, volumes: true })
    await eventually(() => fixture.state.containers.size).toBe(0)
  })

  it('kills a container after the grace period if it ignores SIGTERM', async () => {
    const { id } = await fixture.run({ command: ['sh', '-c', 'trap "" TERM; while :; do sleep 1; done'] })
    await fixture.engine.containers.stop(id, 1)
    expect((await fixture.engine.containers.get(id)).exitCode).toBe(137)
  })

  it('refuses to remove a running container without force', async () => {
    const { id } = await fixture.run()
    const { containers } = fixture.engine
    await expect(containers.remove(id, { force: false, volumes: true })).rejects.toMatchObject({
      code: 'engine.error',
    })
    await containers.remove(id, { force: true, volumes: true })
    await expect(containers.get(id)).rejects.toMatchObject({ code: 'container.not-found' })
  })

  it('refuses a name that is taken', async () => {
    await fixture.run({ name: 'web' })
    await expect(fixture.run({ name: 'web' })).rejects.toMatchObject({
      code: 'container.name-taken',
      params: { name: 'web' },
    })
  })

  it('reports containers and images that do not exist', async () => {
    const { containers } = fixture.engine
    await expect(containers.stop('nobody')).rejects.toMatchObject({
      code: 'container.not-found',
      params: { container: 'nobody' },
    })
    await expect(fixture.run({ image: 'nothing:none' })).rejects.toMatchObject({
      code: 'image.not-found',
      params: { image: 'nothing:none' },
    })
  })

  it('leaves no container or volume behind when a container cannot start', async () => {
    for (const autoRemove of [false, true]) {
      const volumes = [{ volume: 'half', path: '/data', readOnly: false }]
      await expect(fixture.run({ command: ['/no/such'], volumes, autoRemove })).rejects.toMatchObject({
        code: 'container.start-failed',
      })
      expect(await fixture.engine.containers.list()).toEqual([])
      expect(await fixture.engine.volumes.list()).toEqual([])
    }
  })

  it('removes an auto-remove container when it ends', async () => {
    const { id } = await fixture.run({ autoRemove: true })
    await fixture.engine.containers.stop(id)
    await eventually(() => fixture.state.containers.has(id)).toBe(false)
  })

  it('distinguishes stdout and stderr and reports the time of each line, in past and live output', async () => {
    const script = 'echo "한글 ✓"; echo oops >&2; while [ ! -e /tmp/go ]; do sleep 0.1; done; printf end'
    const { id } = await fixture.run({ command: ['sh', '-c', script] })
    const { containers } = fixture.engine
    const entries: LogEntry[] = []
    let hasGone = false
    for await (const batch of containers.logs(id, { tail: 100, follow: true })) {
      entries.push(...batch.entries.filter(({ part }) => part !== 'open'))
      if (entries.length !== 2 || hasGone) continue
      hasGone = true
      await containers.exec(id, { command: ['touch', '/tmp/go'], tty: false })
    }
    const byStream = entries.map(({ stream, text }) => `${stream}: ${text}`).sort()
    expect(byStream).toEqual(['stderr: oops', 'stdout: end', 'stdout: 한글 ✓'])
    for (const { time } of entries) expect(Math.abs(time - Date.now())).toBeLessThan(120_000)
  })

  it('reads the log of a container with a terminal', async () => {
    const { id } = await fixture.run({ command: ['sh', '-c', 'echo one; echo two >&2'], tty: true })
    const lines: string[] = []
    for await (const batch of fixture.engine.containers.logs(id, { tail: 100, follow: true }))
      lines.push(...wholeLines(batch))
    expect(lines).toEqual(['one', 'two'])
  })

  it('shows a prompt while a container waits for input, even if the container printed the prompt before Berth opened the log', async () => {
    const script = 'printf "Name: "; while [ ! -e /tmp/go ]; do sleep 0.1; done; echo world'
    const { id } = await fixture.run({ command: ['sh', '-c', script] })
    const { containers } = fixture.engine
    await eventually(async () => (await containers.get(id)).state).toBe('running')
    const entries: LogEntry[] = []
    for await (const batch of containers.logs(id, { tail: 100, follow: true })) {
      entries.push(...batch.entries)
      if (entries.length > 1) continue
      await containers.exec(id, { command: ['touch', '/tmp/go'], tty: false })
    }
    expect(entries[0]).toMatchObject({ text: 'Name: ', part: 'open' })
    expect(entries.at(-1)).toMatchObject({ text: 'Name: world' })
  })

  it('joins the parts of a terminal’s long line and removes the engine’s timestamps between them', async () => {
    const script =
      'head -c 16380 /dev/zero | tr "\\0" a; printf "한글"; head -c 40000 /dev/zero | tr "\\0" b; echo end'
    const { id } = await fixture.run({ command: ['sh', '-c', script], tty: true })
    const lines: string[] = []
    for await (const batch of fixture.engine.containers.logs(id, { tail: 100, follow: true }))
      lines.push(...wholeLines(batch))
    // The engine splits 글 at 16 KiB. The log driver json-file then stores each byte of 글 as an invalid character.
    expect(lines.join('')).toMatch(/^a{16380}한(?:글|�+)b{40000}end$/)
  })

  it('loses no line of a large output that a client reads slowly', async () => {
    const total = 30_000
    const script = `i=0; while [ $i -lt ${String(total)} ]; do echo "line $i"; i=$((i+1)); done`
    const { id } = await fixture.run({ command: ['sh', '-c', script] })
    const numbers: number[] = []
    for await (const batch of fixture.engine.containers.logs(id, { tail: 100_000, follow: true })) {
      numbers.push(...wholeLines(batch).map((text) => Number(text.replace('line ', ''))))
      await new Promise((resolve) => setImmediate(resolve))
    }
    expect(numbers).toEqual(Array.from({ length: total }, (_, index) => index))
  })

  it('runs a command on a pty of the requested size, and changes the size on request', async () => {
    const { id } = await fixture.run()
    const shell = await fixture.engine.containers.exec(id, {
      command: ['sh'],
      tty: true,
      size: { columns: 132, rows: 43 },
      env: ['WHO=me'],
    })
    let output = ''
    shell.stream.on('data', (chunk: Buffer) => (output += chunk.toString()))
    shell.stream.write('stty size; echo "I am $WHO"\n')
    await eventually(() => output).toContain('43 132')
    await eventually(() => output).toContain('I am me')
    await shell.resize({ columns: 80, rows: 24 })
    shell.stream.write('stty size\n')
    await eventually(() => output).toContain('24 80')
    expect(await shell.pid()).toBeGreaterThan(0)
    shell.stream.write('exit 7\n')
    await eventually(() => shell.stream.readableEnded).toBe(true)
    expect(await shell.exitCode()).toBe(7)
  })

  it('refuses to run a command in a container that is not running', async () => {
    const { id } = await fixture.run()
    await fixture.engine.containers.stop(id)
    await expect(fixture.engine.containers.exec(id, { command: ['sh'], tty: true })).rejects.toMatchObject({
      code: 'container.not-running',
    })
  })

  it('imports an archive as an image, and refuses a file that is not an archive', async () => {
    const { images } = fixture.engine
    const { id } = await images.import('imported:1', Readable.from([await busyboxTar()]))
    expect(await images.get('imported:1')).toMatchObject({ id, tags: ['imported:1'] })
    await eventually(() => fixture.state.images.get(id)?.tags).toEqual(['imported:1'])
    await expect(
      images.import('bad:1', Readable.from(['this is no tar archive'.repeat(100)])),
    ).rejects.toMatchObject({
      code: 'image.archive-invalid',
    })
    expect(await images.find('bad:1')).toBeUndefined()
  })

  it('moves a name to the image that was imported last, and updates both images', async () => {
    const { images } = fixture.engine
    const tar = await busyboxTar()
    const first = await images.import('app:1', Readable.from([tar]))
    await eventually(() => fixture.state.images.get(first.id)?.tags).toEqual(['app:1'])
    const second = await images.import('app:1', Readable.from([tar]))
    await eventually(() => fixture.state.images.get(second.id)?.tags).toEqual(['app:1'])
    await eventually(() => fixture.state.images.get(first.id)?.tags).toEqual([])
  })

  it('refuses to remove an image in use, and reports which containers use it', async () => {
    const { id } = await fixture.run({ name: 'user' })
    await expect(fixture.engine.images.remove(busybox, false)).rejects.toMatchObject({
      code: 'image.in-use',
      params: { image: busybox, containers: 'user' },
    })
    await fixture.engine.containers.remove(id, { force: true, volumes: true })
    await fixture.engine.images.import('unused:1', Readable.from([await busyboxTar()]))
    await fixture.engine.images.remove('unused:1', false)
    await expect(fixture.engine.images.get('unused:1')).rejects.toMatchObject({ code: 'image.not-found' })
  })

  it.runIf(hasDockerCli)('reports changes by the Docker CLI', async () => {
    await fixture.docker.run('run', '-d', '--name', 'foreign', busybox, 'sleep', '1000')
    await fixture.changed((event) => event.type === 'container' && event.container.state === 'running')
    const shown = fixture.changed((event) => event.type === 'container' && event.container.name === 'renamed')
    await fixture.docker.run('rename', 'foreign', 'renamed')
    await shown

    await fixture.docker.run('rm', '-f', 'renamed')
    await fixture.changed((event) => event.type === 'container-removed')
    await fixture.docker.run('volume', 'create', 'foreign')
    await fixture.changed((event) => event.type === 'volume' && event.volume.name === 'foreign')
    await fixture.docker.run('volume', 'prune', '--all', '--force')
    await fixture.changed((event) => event.type === 'volume-removed' && event.name === 'foreign')
  })
})
