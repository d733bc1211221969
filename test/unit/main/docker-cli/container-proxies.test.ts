import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { withContainerProxy } from '../../../../src/main/docker-cli/container-proxies'

const dockerHost = 'unix:///berth/docker.sock'
const request = {
  image: 'app',
  command: [],
  environment: [{ name: 'A', value: 'b' }],
  ports: [],
  volumes: [],
  autoRemove: false,
  tty: false,
}
let configFolder: string
beforeEach(async () => {
  configFolder = await mkdtemp(join(tmpdir(), 'berth-proxies-'))
})
afterEach(() => rm(configFolder, { recursive: true }))

/** The variables of a container that is run with this `config.json`. */
async function environment(config: string, own: Record<string, string> = {}): Promise<string[]> {
  await writeFile(join(configFolder, 'config.json'), config)
  const more = Object.entries(own).map(([name, value]) => ({ name, value }))
  const run = { ...request, environment: [...request.environment, ...more] }
  const { environment: found } = await withContainerProxy(run, { configFolder, dockerHost })
  return found.map(({ name, value }) => `${name}=${value}`)
}

describe("a container's proxy", () => {
  it('is the proxy that the Docker CLI would set for the container', async () => {
    const config = { proxies: { default: { httpProxy: 'http://p:1', httpsProxy: '', noProxy: '.corp' } } }
    expect(await environment(JSON.stringify(config))).toEqual([
      'A=b',
      'HTTP_PROXY=http://p:1',
      'http_proxy=http://p:1',
      'NO_PROXY=.corp',
      'no_proxy=.corp',
    ])
  })

  it('is the proxy that `config.json` sets for Berth’s engine, even if there is also a default proxy', async () => {
    const config = {
      proxies: { default: { httpProxy: 'http://p:1' }, [dockerHost]: { httpProxy: 'http://q:2' } },
    }
    expect(await environment(JSON.stringify(config))).toContain('HTTP_PROXY=http://q:2')
  })

  it('does not override the variables that the user sets for the container', async () => {
    const config = { proxies: { default: { httpProxy: 'http://p:1' } } }
    expect(await environment(JSON.stringify(config), { HTTP_PROXY: '' })).toEqual([
      'A=b',
      'HTTP_PROXY=',
      'http_proxy=http://p:1',
    ])
  })

  it.each(['', '{"proxies', '{"proxies": {"default": 1}}', '{}'])(
    'is not set if config.json is %j',
    async (text) => {
      expect(await environment(text)).toEqual(['A=b'])
    },
  )

  it('is not set if there is no config.json', async () => {
    const found = await withContainerProxy(request, { configFolder: join(configFolder, 'none'), dockerHost })
    expect(found).toEqual(request)
  })
})
