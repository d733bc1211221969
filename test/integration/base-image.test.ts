import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ensureBaseImage } from '../../src/main/images/base-image'
import { baseImage } from '../../src/shared/base-image'
import { EngineFixture, eventually } from '../support/engine-fixture'

describe('the base image', () => {
  let fixture: EngineFixture

  beforeAll(async () => {
    fixture = await EngineFixture.open()
  })
  afterAll(async () => {
    await fixture.clear()
    await fixture.close()
  })

  const ensure = () => ensureBaseImage({ engine: fixture.engine, link: fixture.machine.link })

  it('is made in the machine without a registry, and made once', async () => {
    const inspect = async (format: string) =>
      (await fixture.machine.link.exec(`docker image inspect -f '${format}' ${reference}`)).stdout.trim()
    const { reference } = await ensure()
    const id = await inspect('{{.Id}}')
    await ensure()
    expect(await inspect('{{.Id}}')).toBe(id)
    expect(await inspect(`{{index .Config.Labels "${baseImage.label}"}}`)).toContain(
      'busybox of its own machine',
    )
    expect(await inspect('{{json .Config.Cmd}}')).toBe('["sh"]')
    const layers = await inspect('{{json .RootFS.Layers}}')
    await fixture.engine.images.remove(reference, true)
    await ensure()
    // The same files make the same layer.
    expect(await inspect('{{json .RootFS.Layers}}')).toBe(layers)
  }, 60_000)

  it('serves a page on a port of this computer, and has a shell', async () => {
    const { reference } = await ensure()
    const port = { hostIp: '', hostPort: 0, containerPort: baseImage.webPort, protocol: 'tcp' as const }
    const { id } = await fixture.run({ image: reference, command: [...baseImage.webServer], ports: [port] })
    await eventually(() => fixture.ports.forwards.map(({ state }) => state)).toEqual(['open'])
    const [forward] = fixture.ports.forwards
    const response = await fetch(`http://127.0.0.1:${String(forward?.binding.hostPort)}/`)
    expect(response.headers.get('content-type')).toContain('text/html')
    expect(await response.text()).toContain('It works')
    const { stdout } = await fixture.machine.link.exec(
      `docker exec ${id} sh -c 'whoami; ls /www; id -u nobody'`,
    )
    expect(stdout.trim().split('\n')).toEqual(['root', 'index.html', '65534'])
  }, 60_000)
})
