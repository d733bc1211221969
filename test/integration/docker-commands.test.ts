import { EventEmitter, once } from 'node:events'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { ContainerChanges } from '../../src/main/containers/container-changes'
import { bindMountInterceptors } from '../../src/main/docker-socket/create-request'
import { whenRunning } from '../../src/main/docker-socket/machine-gate'
import { publishedPortsInterceptor } from '../../src/main/docker-socket/start-request'
import { engineSocketPath } from '../../src/main/engine/client'
import { freePort } from '../../src/main/lib/net'
import {
  commandLine,
  copyInCommand,
  copyOutCommand,
  exportCommand,
  importCommand,
  loadCommand,
  removeImageCommand,
  runCommand,
  saveCommand,
  startAttachedCommand,
  updateLimitsCommand,
} from '../../src/shared/docker-commands'
import { composeFile, containerLine, writtenContainer } from '../../src/shared/docker-commands/written'
import type { ChangeableLimits } from '../../src/shared/isolation'
import { updateBody } from '../../src/shared/limits-update'
import type { RunRequest } from '../../src/shared/run'
import { sleeping } from '../support/busybox-image'
import { addCliPlugins } from '../support/cli-plugins'
import { comparable } from '../support/comparable-container'
import { hasDockerCli } from '../support/docker-cli'
import { listeningSocket } from '../support/docker-socket'
import { busybox, EngineFixture } from '../support/engine-fixture'
import { silentLog } from '../support/fake-services'

const plain = { image: busybox, command: sleeping, environment: [], ports: [], volumes: [] }
const refuse = () => Promise.reject(new Error('the test changes no container'))

describe.runIf(hasDockerCli)('the docker commands that Berth shows', () => {
  let fixture: EngineFixture
  let proxy: Awaited<ReturnType<typeof listeningSocket>>
  let folder: string
  let changes: ContainerChanges

  beforeAll(async () => {
    fixture = await EngineFixture.open()
    folder = await mkdtemp(join(tmpdir(), 'berth-commands-'))
    await mkdir(join(folder, "shared/it's here"), { recursive: true })
    const mounted = once(fixture.mounts, 'mounted')
    await fixture.mounts.setFolders([{ path: join(folder, 'shared'), writable: true }])
    await mounted
    const { machine, engine, ports, state, mounts } = fixture
    proxy = await listeningSocket({
      openEngine: () => machine.link.openUnixSocket(engineSocketPath),
      beforeRequest: () => whenRunning(machine),
      interceptors: [
        ...bindMountInterceptors(() => mounts.currentBindContext()),
        publishedPortsInterceptor({
          findContainer: (id) => engine.containers.findPublishing(id),
          ports,
          watchOutput: () => Promise.resolve(),
          refreshContainer: (id) => state.refreshContainer(id),
        }),
      ],
    })
    await mkdir(join(folder, 'config'))
    await addCliPlugins(join(folder, 'config'))
    changes = new ContainerChanges({
      engine,
      state: new EventEmitter(),
      actions: { run: refuse },
      replacements: { replace: refuse, recover: () => Promise.resolve([]) },
      mounts,
      layerFolders: { measure: refuse, copy: refuse, writtenElsewhere: refuse },
      loginFor: () => Promise.resolve({}),
      tasks: { start: () => '' },
      log: silentLog,
    })
  }, 120_000)
  afterEach(async () => {
    await fixture.clear()
  })
  afterAll(async () => {
    await proxy.close()
    await fixture.mounts.setFolders([])
    await fixture.close()
    await rm(folder, { recursive: true })
  })

  /** Runs a line in a shell of this computer, as a user pastes it. */
  async function shell(line: string): Promise<string> {
    const { stdout } = await execa('sh', ['-c', line], {
      cwd: folder,
      env: { DOCKER_HOST: `unix://${proxy.path}`, DOCKER_CONFIG: join(folder, 'config') },
    })
    return stdout
  }
  async function inspected(name: string, project?: string): Promise<unknown> {
    return comparable(await fixture.docker.run('inspect', name), project)
  }
  async function removeAll(...names: string[]): Promise<void> {
    await fixture.docker.run('rm', '-f', '-v', ...names)
  }

  /** Requests that together use every field of the form. */
  async function requests(): Promise<(RunRequest & { name: string })[]> {
    return [
      {
        ...plain,
        name: 'web',
        autoRemove: false,
        tty: true,
        openStdin: true,
        privileged: true,
        hostPid: true,
        environment: [
          { name: 'QUOTES', value: `it's "$HOME" \`x\` \\ %cd%` },
          { name: 'LINES', value: 'one\ntwo' },
          { name: 'EMPTY', value: '' },
        ],
        ports: [
          { hostIp: '', hostPort: await freePort(), containerPort: 80, protocol: 'tcp' },
          { hostIp: '127.0.0.1', hostPort: await freePort(), containerPort: 53, protocol: 'udp' },
        ],
        volumes: [
          { volume: 'stock', path: '/stock', readOnly: true },
          { volume: '', path: '/anonymous', readOnly: false },
        ],
        binds: [{ hostPath: join(folder, "shared/it's here"), path: '/my app', readOnly: true }],
        tmpfs: [{ path: '/scratch,1', size: 1024 ** 2 }],
        restart: { policy: 'on-failure', retries: 3 },
        labels: [{ name: 'my.label', value: 'a=b $c' }],
        networks: [
          { network: 'front', aliases: ['shop', 'site'], ipv4: '10.77.0.7', ipv6: '' },
          { network: 'back', aliases: ['inner'], ipv4: '', ipv6: '' },
        ],
        extraHosts: [{ name: 'db', address: '10.0.0.9' }],
        dns: ['1.1.1.1'],
        hostname: 'web-1',
      },
      {
        ...plain,
        name: 'worker',
        autoRemove: false,
        tty: false,
        entrypoint: ['sh', '-c'],
        command: [sleeping.at(-1) ?? '', 'extra $word'],
        volumes: [{ volume: 'stock', path: '/stock', readOnly: false }],
        workingDirectory: '/tmp',
        user: 'nobody',
        cpus: 0.5,
        memory: 64 * 1024 ** 2,
        pids: 50,
        health: {
          kind: 'command',
          command: 'test "$HOME"',
          interval: 90,
          timeout: 1.5,
          startPeriod: 0,
          retries: 2,
        },
        capAdd: ['NET_ADMIN'],
        capDrop: ['CHOWN'],
        devices: [{ source: '/dev/null', path: '/dev/nothing', permissions: 'rw' }],
        readOnlyRoot: true,
        init: true,
        logging: { driver: 'json-file', options: [{ name: 'max-size', value: '1m' }] },
      },
    ]
  }

  it('make the same containers as Berth, and the line and the compose file of a container make it again', async () => {
    await fixture.docker.run('network', 'create', '--subnet', '10.77.0.0/24', 'front')
    await fixture.docker.run('network', 'create', 'back')
    const wanted = await requests()
    const names = wanted.map(({ name }) => name)
    const byBerth = new Map<string, unknown>()
    const written = []
    for (const request of wanted) {
      const { id } = await fixture.run(request)
      byBerth.set(request.name, await inspected(id))
      written.push(writtenContainer({ id, ...(await changes.editable(id)) }))
    }
    await removeAll(...names)

    for (const request of wanted) {
      await shell(commandLine(runCommand(request)))
      expect.soft(await inspected(request.name)).toEqual(byBerth.get(request.name))
    }
    await removeAll(...names)

    for (const container of written) {
      await shell(containerLine(container))
      expect.soft(await inspected(container.request.name)).toEqual(byBerth.get(container.request.name))
    }
    await removeAll(...names)

    const { text, missing } = composeFile(written)
    expect(missing).toEqual([])
    await writeFile(join(folder, 'compose.yaml'), text)
    await shell('docker compose -p copy config --quiet')
    await shell('docker compose -p copy up -d --yes')
    for (const name of names) {
      expect.soft(await inspected(name, 'copy')).toEqual(byBerth.get(name))
      const { extras } = writtenContainer({ id: name, ...(await changes.editable(name)) })
      expect.soft([...extras.missingInRun, ...extras.missingInCompose]).toEqual([])
    }
    await shell('docker compose -p copy down')
  }, 240_000)

  it('keep the settings that only the docker CLI can make', async () => {
    const line = `docker run -d --name odd --privileged --shm-size 128m --ulimit nofile=100:200 --sysctl net.ipv4.ip_forward=1
      --security-opt seccomp=unconfined --stop-signal SIGINT --stop-timeout 3 --group-add 7 --oom-score-adj 5 --pid host
      --cpu-shares 512 -m 64m --memory-swap 64m --dns-search example.com --expose 9 --add-host a:10.0.0.1`
    await shell(`${line.replaceAll('\n', ' ')} ${busybox} sleep 1000`)
    const before = await inspected('odd')
    const container = writtenContainer({ id: 'odd', ...(await changes.editable('odd')) })
    expect([...container.extras.missingInRun, ...container.extras.missingInCompose]).toEqual([])
    await removeAll('odd')
    expect(containerLine(container)).not.toContain('--mac-address')
    await shell(containerLine(container))
    expect.soft(await inspected('odd')).toEqual(before)
    await removeAll('odd')
    await writeFile(join(folder, 'compose.yaml'), composeFile([container]).text)
    await shell('docker compose -p copy up -d --yes')
    expect.soft(await inspected('odd', 'copy')).toEqual(before)
  }, 120_000)

  it('keep a removed entry point', async () => {
    await shell(`docker create --name made ${busybox} true`)
    await shell(`docker commit -c 'ENTRYPOINT ["false"]' -c 'CMD ["no"]' made berth-entered`)
    await shell(`docker run -d --name bare --entrypoint '' berth-entered sleep 1000`)
    const before = await inspected('bare')
    const container = writtenContainer({ id: 'bare', ...(await changes.editable('bare')) })
    await removeAll('bare', 'made')
    await shell(containerLine(container))
    expect.soft(await inspected('bare')).toEqual(before)
    await removeAll('bare')
    await writeFile(join(folder, 'compose.yaml'), composeFile([container]).text)
    await shell('docker compose -p copy up -d --yes')
    expect.soft(await inspected('bare', 'copy')).toEqual(before)
  }, 120_000)

  it('copy files as Berth copies them', async () => {
    const { id } = await fixture.run({ ...plain, name: 'files', autoRemove: false, tty: false })
    const files = join(folder, 'files')
    await mkdir(join(files, 'my folder'), { recursive: true })
    await writeFile(join(files, 'a:b.txt'), 'one')
    await writeFile(join(files, 'my folder/c.txt'), 'two')
    await fixture.docker.run('exec', id, 'sh', '-c', 'mkdir "/my app" && ln -s /my\\ app/a:b.txt /link')
    const at = (words: string[] | undefined) => `cd ${files} && ${commandLine(words ?? [])}`
    await shell(at(copyInCommand('files', '/my%20app', ['a:b.txt'])))
    await shell(at(copyInCommand('files', '/my%20app', ['my folder'])))
    expect(await fixture.docker.run('exec', id, 'cat', '/my app/a:b.txt', '/my app/my folder/c.txt')).toBe(
      'onetwo',
    )
    await mkdir(join(files, 'out'))
    const out = (words: string[] | undefined) => `cd ${join(files, 'out')} && ${commandLine(words ?? [])}`
    await shell(out(copyOutCommand('files', '/my%20app')))
    await shell(out(copyOutCommand('files', '/link', true)))
    expect(await readFile(join(files, 'out/my app/my folder/c.txt'), 'utf8')).toBe('two')
    expect(await readFile(join(files, 'out/link'), 'utf8')).toBe('one')
    await shell(out(copyOutCommand('files', '/')))
    expect(await readFile(join(files, 'out/files/my app/a:b.txt'), 'utf8')).toBe('one')
  }, 120_000)

  it('write and read archives, and start with the output attached', async () => {
    await fixture.run({
      ...plain,
      name: 'archived',
      command: ['echo', 'hello'],
      autoRemove: false,
      tty: false,
    })
    await fixture.docker.run('wait', 'archived')
    expect(await shell(commandLine(startAttachedCommand('archived', { tty: false })))).toBe('hello')
    await shell(commandLine(exportCommand('archived')))
    await shell(commandLine(importCommand('archived.tar', 'berth-imported:1')))
    await shell(commandLine(saveCommand(['berth-imported:1'])))
    await shell(commandLine(removeImageCommand(['berth-imported:1'])))
    await shell(commandLine(loadCommand('images.tar')))
    expect(await shell('docker run --rm berth-imported:1 echo again')).toBe('again')
  }, 120_000)

  it('change the same limits as Berth', async () => {
    const most = { cpus: 2, memory: 2 ** 40 }
    const limits: ChangeableLimits = {
      ...{ cpus: 0.25, cpuShares: 512, processors: '0', memory: 96 * 2 ** 20, pids: 70 },
      restart: { policy: 'on-failure', retries: 2 },
    }
    const request = { ...plain, autoRemove: false, tty: false, memory: 64 * 2 ** 20 }
    const byBerth = await fixture.run({ ...request, name: 'by-berth' })
    const byLine = await fixture.run({ ...request, name: 'by-line' })
    const { containers } = fixture.engine
    await containers.setLimits(byBerth.id, { limits, most })
    const { stored } = await containers.limits(byLine.id, most)
    await shell(commandLine(updateLimitsCommand('by-line', updateBody(stored, limits, most)) ?? []))
    expect(await containers.limits(byLine.id, most)).toEqual(await containers.limits(byBerth.id, most))
    expect((await containers.limits(byLine.id, most)).limits).toEqual(limits)
  }, 120_000)
})
