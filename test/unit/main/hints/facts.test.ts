import { describe, expect, it } from 'vitest'
import { containerSetupSchema, toContainerSetup } from '../../../../src/main/engine/container-setup'
import { logSizes } from '../../../../src/main/hints/log-sizes'

describe('the sizes of logs', () => {
  it('are read in one call, from paths without special characters only', async () => {
    const commands: string[] = []
    const link = {
      exec: (command: string) => {
        commands.push(command)
        return Promise.resolve({ code: 1, stdout: '12 /a/b-json.log\n', stderr: 'no such file' })
      },
    }
    const sizes = await logSizes(link, ['/a/b-json.log', '/gone', '/a b', '/$(x)', ''])
    expect(commands).toEqual(["stat -c '%s %n' /a/b-json.log /gone"])
    expect(sizes).toEqual(new Map([['/a/b-json.log', 12]]))
    expect(await logSizes(link, [])).toEqual(new Map())
    expect(commands).toHaveLength(1)
  })

  it('of thousands of containers fit into the system’s limit for a command', async () => {
    const commands: string[] = []
    const link = {
      exec: (command: string) => {
        commands.push(command)
        const stdout = command
          .split(' ')
          .slice(4)
          .map((path) => `7 ${path}`)
          .join('\n')
        return Promise.resolve({ code: 0, stdout, stderr: '' })
      },
    }
    const id = (index: number) => String(index).padStart(64, '0')
    const paths = Array.from(
      { length: 2_000 },
      (_, index) => `/var/lib/docker/containers/${id(index)}/${id(index)}-json.log`,
    )
    expect((await logSizes(link, paths)).size).toBe(2_000)
    expect(Math.max(...commands.map(({ length }) => length))).toBeLessThan(128 * 1024)
  })
})

describe('the setup of a container', () => {
  const answer = { State: {}, Config: {}, HostConfig: {} }

  it('needs no part of the engine’s answer that an older engine leaves out', () => {
    expect(toContainerSetup(containerSetupSchema.parse(answer))).toEqual({
      restartPolicy: '',
      privileged: false,
      capAdd: [],
      devices: [],
      hostPid: false,
      memory: null,
      log: { driver: '', limited: false, path: '' },
      health: null,
    })
  })

  it('has the facts of the health check in milliseconds', () => {
    const probe = (seconds: number) => ({
      Start: '2026-01-01T00:00:00Z',
      End: `2026-01-01T00:00:0${String(seconds)}Z`,
    })
    const parsed = containerSetupSchema.parse({
      ...answer,
      State: { Health: { FailingStreak: 4, Log: [probe(1), probe(3)] } },
      Config: { Healthcheck: { Test: ['CMD', 'x'], Interval: 5e9, StartPeriod: 1e9 } },
      HostConfig: { LogConfig: { Type: 'json-file', Config: { 'max-size': '1m', __proto__: 'x' } } },
    })
    expect(toContainerSetup(parsed)).toMatchObject({
      health: { failures: 4, intervalMs: 5000, startPeriodMs: 1000, probeMs: 2000 },
      log: { limited: true },
    })
  })
})
