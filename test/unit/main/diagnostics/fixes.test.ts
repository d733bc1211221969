import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { DiagnosticsContext } from '../../../../src/main/diagnostics/check'
import { context as dockerContext } from '../../../../src/main/diagnostics/checks/context'
import { Diagnostics } from '../../../../src/main/diagnostics/diagnostics'
import { DockerAccess } from '../../../../src/main/docker-cli/docker-access'
import { berthPaths } from '../../../../src/main/host/berth-files'
import { defaultSettings } from '../../../../src/main/settings/settings-defaults'
import { SettingsStore } from '../../../../src/main/settings/settings-store'
import { silentLog } from '../../../support/fake-services'
import { contextOf } from './support'

let folder: string
let dockerAccess: DockerAccess
let settings: SettingsStore
let diagnostics: Diagnostics
let asked: string[]
let context: DiagnosticsContext

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'berth-fixes-'))
  const paths = berthPaths({ BERTH_HOME: join(folder, 'home') }, 'linux')
  const env = { DOCKER_CONFIG: join(folder, 'docker') }
  settings = await SettingsStore.open({
    folder: paths.home,
    log: silentLog,
    defaults: defaultSettings({ cpus: 4, memoryMiB: 8192 }, folder),
  })
  dockerAccess = new DockerAccess({
    paths,
    platform: 'linux',
    env,
    log: silentLog,
    openEngine: () => Promise.reject(new Error('there is no engine')),
  })
  // In the app, followSettings does this.
  settings.on('change', ({ docker }) => void dockerAccess.keepContext(docker))
  asked = []
  const ask = (what: string) => {
    asked.push(what)
    return Promise.resolve()
  }
  context = contextOf({ paths, env, dockerAccess, settings: () => settings.current })
  diagnostics = new Diagnostics({
    ...context,
    log: silentLog,
    about: { version: '1.2.3', host: 'headless' },
    machine: {
      ...context.machine,
      consoleTail: () => [],
      start: () => ask('start'),
      stop: () => ask('stop'),
      useImage: (which) => ask(`use ${which}`),
      hostWoke: () => asked.push('clock'),
    },
    dns: { ...context.dns, serve: () => ask('dns') },
    engine: { ...context.engine, info: () => Promise.reject(new Error('there is no engine')) },
    disk: { ...context.disk, usage: () => Promise.reject(new Error('there is no disk')) },
    dockerAccess,
    updateSettings: (patch) => settings.update(patch),
  })
})
afterEach(async () => {
  await dockerAccess.close()
  await rm(folder, { recursive: true })
})

const finding = async () => (await dockerContext.run(context, new AbortController().signal)).finding
const config = () => join(folder, 'docker', 'config.json')

describe('a fix', () => {
  it('starts the machine', async () => {
    await diagnostics.fix('start-machine')
    expect(asked).toEqual(['start'])
  })

  it('restarts the machine', async () => {
    await diagnostics.fix('restart-machine')
    expect(asked).toEqual(['stop', 'start'])
  })

  it('lets the next start download the damaged guest image again', async () => {
    const { paths } = context
    const at = join(paths.guestCache, 'x86_64-abc')
    await mkdir(at, { recursive: true })
    await writeFile(join(at, 'manifest.json'), '{ broken')
    await diagnostics.fix('fetch-image')
    expect(asked).toEqual(['stop', 'start'])
    expect(await readFile(join(paths.machine, 'image-wanted'), 'utf8')).toBe(at)
  })

  it('switches to the other guest image', async () => {
    await diagnostics.fix('use-other-image')
    expect(asked).toEqual(['use previous', 'stop', 'start'])
  })

  it('redirects the machine’s DNS queries again', async () => {
    await diagnostics.fix('serve-dns')
    expect(asked).toEqual(['dns'])
  })

  it('creates a removed docker context again, and turns the setting on', async () => {
    await settings.update({ docker: { context: false, useContext: false } })
    await diagnostics.fix('create-context')
    expect(settings.current.docker).toEqual({ context: true, useContext: false })
    expect(await finding()).toBe('context.present')
    await rm(join(folder, 'docker'), { recursive: true })
    expect(await finding()).toBe('context.missing')
    await diagnostics.fix('create-context')
    expect(await finding()).toBe('context.present')
  })

  it('makes Berth’s context current, even if the user has chosen another context since', async () => {
    await diagnostics.fix('use-context')
    expect(settings.current.docker).toEqual({ context: true, useContext: true })
    expect(await finding()).toBe('context.current')
    await writeFile(config(), '{}')
    expect(await finding()).toBe('context.present')
    await diagnostics.fix('use-context')
    expect(await finding()).toBe('context.current')
    expect(dockerAccess.tools.context).toBe('current')
  })

  it('fails if config.json is broken, and the check reports the file until the file is repaired', async () => {
    await diagnostics.fix('create-context')
    await mkdir(dirname(config()), { recursive: true })
    await writeFile(config(), '{ broken')
    await expect(diagnostics.fix('use-context')).rejects.toMatchObject({ code: 'docker.config-broken' })
    expect(await finding()).toBe('context.config')
    expect(await readFile(config(), 'utf8')).toBe('{ broken')
    await writeFile(config(), '{}')
    await diagnostics.fix('create-context')
    expect(await finding()).toBe('context.current')
  })
})
