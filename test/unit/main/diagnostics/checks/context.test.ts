import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { DiagnosticsContext } from '../../../../../src/main/diagnostics/check'
import { context as dockerContext } from '../../../../../src/main/diagnostics/checks/context'
import { BerthError } from '../../../../../src/shared/errors'
import { contextOf } from '../support'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'berth-context-check-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const signal = new AbortController().signal
/** The check's status, finding and fix. */
async function find(changes: Partial<DiagnosticsContext>): Promise<string> {
  const { status, finding, fix } = await dockerContext.run(contextOf(changes), signal)
  return [status, finding, ...(fix === undefined ? [] : [fix])].join(' ')
}

describe('the docker context', () => {
  it('is reported as missing, present, current, or overridden by an environment variable', async () => {
    const env = { DOCKER_CONFIG: folder }
    expect(await find({ env })).toBe('warning context.missing create-context')
    const id = createHash('sha256').update('berth').digest('hex')
    await mkdir(join(folder, 'contexts', 'meta', id), { recursive: true })
    await writeFile(join(folder, 'contexts', 'meta', id, 'meta.json'), '{}')
    expect(await find({ env })).toBe('ok context.present use-context')
    expect(await find({ env: { ...env, DOCKER_CONTEXT: 'mine' } })).toBe('ok context.present')
    await writeFile(join(folder, 'config.json'), '{"currentContext":"berth"}')
    expect(await find({ env })).toBe('ok context.current')
    const overridden = await dockerContext.run(
      contextOf({ env: { ...env, DOCKER_HOST: 'tcp://me:secret@host:2375' } }),
      signal,
    )
    expect(overridden).toMatchObject({ finding: 'context.overridden', params: { value: 'tcp://host:2375' } })
    const docker = { context: false, useContext: false }
    const off = { settings: () => ({ ...contextOf().settings(), docker }) }
    expect(await find({ env, ...off })).toBe('skipped context.off open-settings')
  })

  it('is looked for in the folder where the system’s Docker CLI keeps contexts', async () => {
    const env = { HOME: '/nowhere', USERPROFILE: folder }
    const found = await dockerContext.run(contextOf({ env, platform: 'win32' }), signal)
    expect(found.params).toEqual({ folder: join(folder, '.docker') })
  })

  it('is reported as a problem if it is foreign, if config.json is broken, or if the socket failed', async () => {
    const tools = { dockerHost: 'unix:///run/docker.sock', context: 'absent' as const }
    const env = { DOCKER_CONFIG: folder, DOCKER_CONTEXT: 'berth' }
    const file = join(folder, 'meta.json')
    const foreign = new BerthError('docker.context-foreign', { name: 'berth', file })
    const contextProblem = foreign.toData()
    const found = await dockerContext.run(
      contextOf({ env, dockerAccess: { tools: { ...tools, contextProblem } } }),
      signal,
    )
    expect(found).toEqual({
      status: 'warning',
      finding: 'context.foreign',
      params: { file },
      detail: foreign.message,
      fix: 'create-context',
    })
    const broken = new BerthError('docker.config-broken', { file }).toData()
    expect(await find({ env, dockerAccess: { tools: { ...tools, contextProblem: broken } } })).toBe(
      'warning context.config create-context',
    )
    const failed = new BerthError('docker.socket-failed', { path: '/run/docker.sock', reason: 'EADDRINUSE' })
    const deaf = { ...tools, contextProblem, socketProblem: failed.toData() }
    expect(await dockerContext.run(contextOf({ env, dockerAccess: { tools: deaf } }), signal)).toEqual({
      status: 'failed',
      finding: 'context.socket',
      params: { address: 'unix:///run/docker.sock' },
      detail: failed.message,
    })
  })
})
