import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { supportBundle, type BundleContext } from '../../../../../src/main/diagnostics/bundle/bundle'
import { berthPaths, type BerthPaths } from '../../../../../src/main/host/berth-files'
import { defaultSettings } from '../../../../../src/main/settings/settings-defaults'
import { registryAuthHeader } from '../../../../../src/main/registries/registry-auth-header'
import { LoginFile } from '../../../../../src/main/registries/login-file'
import { machineKeys } from '../../../../../src/main/machine/ssh-keys'
import type { CheckResult } from '../../../../../src/shared/diagnostics'
import { machineState } from '../../../../support/fake-services'
import { unpackBundle } from '../../../../support/support-bundle'
import { contextOf } from '../support'

let paths: BerthPaths
beforeEach(async () => {
  paths = berthPaths({ BERTH_HOME: await mkdtemp(join(tmpdir(), 'berth-bundle-')) }, 'linux')
  for (const folder of [paths.machine, paths.logs]) await mkdir(folder, { recursive: true })
})
afterEach(() => rm(paths.home, { recursive: true, force: true }))

function contextWith(changes: Partial<BundleContext> = {}): BundleContext {
  return {
    ...contextOf(),
    paths,
    about: { version: '1.2.3', host: 'headless' },
    machine: {
      state: machineState('running'),
      guestReport: () => '0 clean',
      consoleTail: () => ['last line'],
    },
    disk: {
      space: () => Promise.resolve({ host: { total: 2, free: 1 } }),
      usage: () => Promise.resolve({ host: { total: 2, free: 1 } }),
    },
    engine: {
      probeRegistry: () => Promise.resolve(),
      info: () => Promise.reject(new Error('the engine is away')),
    },
    ...changes,
  }
}

const result: CheckResult = {
  check: 'clock',
  status: 'failed',
  finding: 'clock.off',
  params: { seconds: 61 },
  milliseconds: 3,
}

describe('a support bundle', () => {
  it('has every part, even if a log cannot be read', async () => {
    await writeFile(join(paths.logs, 'berth.log'), '{"msg":"machine failed"}\n')
    await writeFile(join(paths.logs, 'console.log'), 'berth: stage init\n')
    await mkdir(join(paths.logs, 'console.log.1'))
    const files = await unpackBundle(await supportBundle(contextWith(), [result]))
    expect([...files.keys()].sort()).toEqual([
      'about.json',
      'console-tail.txt',
      'diagnostics.json',
      'diagnostics.txt',
      'disk.json',
      'engine.json',
      'logs/berth.log',
      'logs/console.log',
      'logs/console.log.1',
      'machine.json',
      'settings.json',
    ])
    expect(files.get('about.json')).toContain('"version": "1.2.3"')
    expect(files.get('diagnostics.txt')).toContain('[failed] Clock: The machine’s clock is 61 s off')
    expect(files.get('engine.json')).toContain('the engine is away')
    expect(files.get('logs/berth.log')).toContain('machine failed')
    expect(files.get('logs/console.log.1')).toContain('EISDIR')
    expect(files.get('machine.json')).toContain('"fsck": "0 clean"')
  })

  it('limits the size of a long log, and begins the log with a whole line', async () => {
    const line = `${'x'.repeat(99)}\n`
    await writeFile(join(paths.logs, 'berth.log'), line.repeat(50_000))
    const log = (await unpackBundle(await supportBundle(contextWith(), []))).get('logs/berth.log') ?? ''
    expect(log.length).toBeLessThanOrEqual(2_000_000)
    expect(log.startsWith(line)).toBe(true)
  })

  it('leaves out a log whose only line is too long', async () => {
    await writeFile(join(paths.logs, 'berth.log'), 'x'.repeat(3_000_000))
    const files = await unpackBundle(await supportBundle(contextWith(), []))
    expect(files.get('logs/berth.log')).toBe('left out: one line that is too long')
  })

  it('contains none of the secrets that this test puts into every source', async () => {
    const { client, host } = await machineKeys(paths.machine)
    const keyLines = [client, host].flatMap(({ privateKey }) =>
      privateKey.split('\n').filter((line) => line.length > 20 && !line.includes('-----')),
    )
    const auth = Buffer.from('registry-user:planted-registry-password').toString('base64')
    const token = { username: 'registry-user', secret: 'planted-identity-token', isToken: true }
    const login = { username: 'registry-user', secret: 'planted-registry-password', isToken: false }
    await new LoginFile(paths.home).write(
      new Map([
        ['ghcr.io', token],
        ['quay.io', login],
      ]),
    )
    const defaults = defaultSettings({ cpus: 8, memoryMiB: 16_384 }, '/home/user')
    const settings = {
      ...defaults,
      proxy: {
        mode: 'manual' as const,
        http: 'http://proxy-user:planted-proxy-password@proxy:3128',
        https: 'http://proxy-user:planted%20spaced@proxy:3128',
        exclude: [],
      },
      registries: { ...defaults.registries, mirrors: ['https://m:planted-mirror-password@mirror.example'] },
      daemon: { 'log-driver': 'splunk', 'log-opts': { 'splunk-token': 'planted-splunk-token' } },
    }
    const env = { HTTPS_PROXY: 'http://u:planted-environment-password@proxy' }
    const secrets = [
      ...keyLines,
      auth,
      'planted-registry-password',
      registryAuthHeader('quay.io', login),
      'planted-identity-token',
      'planted-proxy-password',
      'planted%20spaced',
      'planted spaced',
      'planted-mirror-password',
      'planted-splunk-token',
      'planted-environment-password',
    ]
    const shaped = ['DB_PASSWORD=planted-container-value', '"accessToken":"planted-container-token"']
    const everywhere = [...secrets, ...shaped].join('\n')
    await writeFile(join(paths.logs, 'berth.log'), `${everywhere}\n${JSON.stringify({ everywhere })}\n`)
    await writeFile(join(paths.logs, 'console.log.1'), everywhere)
    const failure = {
      phase: 'engine' as const,
      error: { code: 'machine.engine-failed' as const, params: { reason: everywhere }, detail: everywhere },
      console: [everywhere],
    }
    const bundle = await supportBundle(
      contextWith({
        settings: () => settings,
        env,
        machine: {
          state: { ...machineState('failed'), failure },
          guestReport: () => everywhere,
          consoleTail: () => everywhere.split('\n'),
        },
        engine: {
          probeRegistry: () => Promise.resolve(),
          info: () => Promise.reject(new Error(everywhere)),
        },
      }),
      [{ ...result, detail: everywhere, params: { seconds: everywhere } }],
    )
    const files = await unpackBundle(bundle)
    const leaks = [...files].flatMap(([name, content]) =>
      [...secrets, 'planted-container-value', 'planted-container-token']
        .filter((secret) => content.includes(secret))
        .map((secret) => `${name}: ${secret}`),
    )
    expect(leaks).toEqual([])
    expect([...files.values()].join('\n')).not.toContain('planted')
    expect(files.get('settings.json')).toContain('mirror.example')
    expect(files.get('settings.json')).toContain('"log-opts"')
  })
})
