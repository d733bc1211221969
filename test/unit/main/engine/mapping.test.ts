import { describe, expect, it } from 'vitest'
import { inspectedImage, listedImage, toContainer, toVolume } from '../../../../src/main/engine/mapping'
import {
  containerInspectSchema,
  imageInspectSchema,
  imageListSchema,
  volumeInspectSchema,
} from '../../../../src/main/engine/schemas'
import { containerSchema } from '../../../../src/shared/containers'
import createdInspect from './fixtures/container-created.json'
import runningInspect from './fixtures/container-running.json'
import imageInspect from './fixtures/image-inspect.json'
import imageList from './fixtures/image-list.json'
import volumeInspect from './fixtures/volume-inspect.json'

const running = () => structuredClone(containerInspectSchema.parse(runningInspect))

describe('a container from the engine’s answer', () => {
  it('has the command as `docker ps` writes it', () => {
    const container = running()
    container.Path = 'sh'
    container.Args = ['-c', 'echo hi; exit 3']
    expect(toContainer(container).command).toBe("sh -c 'echo hi; exit 3'")
  })

  it('has all values of a running container', () => {
    const container = toContainer(running())
    expect(containerSchema.parse(container)).toEqual(container)
    expect(container).toMatchObject({
      name: 'web',
      image: 'busybox',
      command: 'httpd -f -p 8080',
      state: 'running',
      exitCode: null,
      finishedAt: null,
      health: null,
      error: '',
      ports: [{ hostIp: '', hostPort: 5000, containerPort: 8080, protocol: 'tcp' }],
      exposedPorts: ['9090/tcp'],
      mounts: [{ type: 'volume', source: 'data', destination: '/data', readOnly: false }],
      networks: ['bridge'],
      autoRemove: false,
      tty: false,
    })
    expect(container.pid).toBeGreaterThan(0)
    expect(container.startedAt).toBeGreaterThan(container.createdAt)
  })

  it('has an IPv6 address if one of its networks gives it one', () => {
    const inspect = running()
    expect(toContainer(inspect).ipv6).toBe(false)
    const networks = { bridge: { GlobalIPv6Address: '' }, six: { GlobalIPv6Address: 'fd00::2' } }
    inspect.NetworkSettings = { ...inspect.NetworkSettings, Networks: networks }
    expect(toContainer(inspect).ipv6).toBe(true)
  })

  it.each(['host', 'none'])(
    'publishes no port on the network “%s”, even if ports were requested',
    (network) => {
      const inspect = running()
      inspect.NetworkSettings = { Ports: {}, Networks: { [network]: {} } }
      expect(toContainer(inspect).ports).toEqual([])
      inspect.State.Status = 'exited'
      expect(toContainer(inspect).ports).toEqual([])
    },
  )

  it('has its published ports while it runs, and its requested ports otherwise', () => {
    const inspect = running()
    inspect.NetworkSettings = { Ports: { '8080/tcp': null }, Networks: { macvlan: {} } }
    expect(toContainer(inspect).ports).toEqual([])
    inspect.State.Status = 'restarting'
    expect(toContainer(inspect).ports).toHaveLength(1)
    inspect.State.Status = 'exited'
    expect(toContainer(inspect).ports).toHaveLength(1)
  })

  it('has no start time, end time, exit code or process if it never ran', () => {
    expect(toContainer(containerInspectSchema.parse(createdInspect))).toMatchObject({
      state: 'created',
      startedAt: null,
      finishedAt: null,
      exitCode: null,
      pid: 0,
    })
  })

  it('has an exit code only if it has ended', () => {
    const inspect = running()
    inspect.State = { ...inspect.State, Status: 'exited', ExitCode: 137, FinishedAt: '2026-11-20T22:00:00Z' }
    expect(toContainer(inspect)).toMatchObject({ exitCode: 137, finishedAt: Date.UTC(2026, 10, 20, 22) })
    inspect.State.Status = 'restarting'
    expect(toContainer(inspect).exitCode).toBe(137)
  })

  it('has a health state only if there is a health check', () => {
    const inspect = running()
    inspect.State.Health = { Status: 'unhealthy' }
    expect(toContainer(inspect).health).toBe('unhealthy')
    inspect.State.Health = { Status: 'none' }
    expect(toContainer(inspect).health).toBeNull()
  })
})

describe('images', () => {
  it('are the same from the list and from inspect', () => {
    const [listed] = imageListSchema.parse(imageList).map(listedImage)
    expect(listed).toEqual(inspectedImage(imageInspectSchema.parse(imageInspect)))
    expect(listed).toMatchObject({ tags: ['busybox:latest'], digests: [] })
  })

  it('have no name if the engine writes <none>', () => {
    const [entry] = imageListSchema.parse(imageList)
    if (entry === undefined) throw new Error('the fixture is empty')
    expect(
      listedImage({ ...entry, RepoTags: ['<none>:<none>'], RepoDigests: ['<none>@<none>'] }),
    ).toMatchObject({
      tags: [],
      digests: [],
    })
  })
})

describe('toVolume', () => {
  it('distinguishes anonymous volumes from named ones', () => {
    const named = volumeInspectSchema.parse(volumeInspect)
    expect(toVolume(named)).toMatchObject({ name: 'data', driver: 'local', anonymous: false })
    expect(toVolume({ ...named, Name: 'a'.repeat(64) }).anonymous).toBe(true)
    expect(toVolume({ ...named, Labels: { 'com.docker.volume.anonymous': '' } }).anonymous).toBe(true)
  })
})
