import { readFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import {
  containerDetailsAnswerSchema,
  toContainerDetails,
} from '../../../../src/main/engine/container-details'

const nowhere = () => undefined

/** The smallest answer that the engine may give. */
const smallest = { State: {}, Config: {}, HostConfig: {}, NetworkSettings: {} }

function detailsOf(answer: object, hostPath: (source: string) => string | undefined = nowhere) {
  return toContainerDetails(containerDetailsAnswerSchema.parse(answer), hostPath)
}

describe('the details of a container', () => {
  it.each(['container-created.json', 'container-running.json'])(
    'come from a real answer: %s',
    async (file) => {
      const text = await readFile(new URL(`fixtures/${file}`, import.meta.url), 'utf8')
      expect(detailsOf(JSON.parse(text) as object)).toMatchObject({ outOfMemory: false, restarts: 0 })
    },
  )

  it('may miss everything', () => {
    expect(detailsOf(smallest)).toMatchObject({
      health: null,
      environment: [],
      restartPolicy: { name: 'no', retries: 0 },
      limits: { cpu: null, memory: null, pids: null },
      mounts: [],
      networks: [],
    })
  })

  it('show the newest health check first', () => {
    const probe = (ExitCode: number) => ({ Start: '2026-01-01T00:00:00Z', End: '', ExitCode, Output: 'x' })
    const { health } = detailsOf({
      ...smallest,
      State: { Health: { FailingStreak: 2, Log: [probe(0), probe(1)] } },
      Config: { Healthcheck: { Test: ['CMD-SHELL', 'curl -f localhost'], Interval: 5e9 } },
    })
    expect(health).toMatchObject({ command: ['curl -f localhost'], intervalMs: 5000, failures: 2 })
    expect(health?.probes).toMatchObject([{ exitCode: 1, endedAt: null }, { exitCode: 0 }])
  })

  it('have no health if the check of the image is switched off', () => {
    const answer = {
      ...smallest,
      State: { Health: { FailingStreak: 0, Log: null } },
      Config: { Healthcheck: { Test: ['NONE'] } },
    }
    expect(detailsOf(answer).health).toBeNull()
  })

  it.each([
    [{ NanoCpus: 1.5e9 }, 1.5],
    [{ CpuQuota: 50_000, CpuPeriod: 200_000 }, 0.25],
    [{ CpuQuota: 50_000 }, 0.5],
    [{ CpuQuota: -1 }, null],
  ])('%j limits the processors to %s', (host, cpu) => {
    expect(detailsOf({ ...smallest, HostConfig: host }).limits.cpu).toBe(cpu)
  })

  it('split variables at the first equals sign', () => {
    const { environment } = detailsOf({ ...smallest, Config: { Env: ['A=b=c', 'EMPTY=', 'BARE'] } })
    expect(environment).toEqual([
      { name: 'A', value: 'b=c' },
      { name: 'EMPTY', value: '' },
      { name: 'BARE', value: '' },
    ])
  })

  it('name the folder of this computer only for bind mounts', () => {
    const mount = { Destination: '/data', RW: true }
    const { mounts } = detailsOf(
      {
        ...smallest,
        Mounts: [
          { ...mount, Type: 'bind', Source: '/c/me' },
          { ...mount, Type: 'volume', Name: 'data', Source: '/var/lib/docker/volumes/data/_data' },
        ],
      },
      (source) => `host:${source}`,
    )
    expect(mounts).toMatchObject([
      { source: '/c/me', hostPath: 'host:/c/me', readOnly: false },
      { source: 'data', hostPath: null },
    ])
  })
})
