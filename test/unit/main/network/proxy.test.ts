import { describe, expect, it } from 'vitest'
import {
  machineProxy,
  proxyOfEnvironment,
  proxyOfRegistry,
  proxyOfScutil,
} from '../../../../src/main/network/proxy'

const none = () => Promise.resolve(undefined)
const manual = { mode: 'manual' as const, http: '', https: '', exclude: [] }

describe("the machine's proxy", () => {
  it.each([
    ['http://localhost:3128', 'http://10.0.2.2:3128/'],
    ['http://me:secret@127.0.0.1:3128', 'http://me:secret@10.0.2.2:3128/'],
    ['http://127.1.2.3:3128', 'http://10.0.2.2:3128/'],
    ['http://[::1]:3128', 'http://10.0.2.2:3128/'],
    ['socks5h://localhost:1080', 'socks5h://10.0.2.2:1080'],
    ['http://0.0.0.0:3128', 'http://10.0.2.2:3128/'],
    ['http://localhost.:3128', 'http://10.0.2.2:3128/'],
    ['http://proxy.localhost:3128', 'http://10.0.2.2:3128/'],
    ['http://[::ffff:127.0.0.1]:3128', 'http://10.0.2.2:3128/'],
    ['http://127.0.0.1.example.com:3128', 'http://127.0.0.1.example.com:3128'],
    ['http://localhost.example.com:3128', 'http://localhost.example.com:3128'],
  ])("on the host's loopback is at the gateway: %s", async (http, expected) => {
    expect((await machineProxy({ ...manual, http }, none))?.http).toBe(expected)
  })

  it('is never asked for the host or the machine itself', async () => {
    const proxy = await machineProxy({ ...manual, https: 'http://proxy:3128', exclude: ['.corp'] }, none)
    expect(proxy).toMatchObject({ http: '', https: 'http://proxy:3128' })
    expect(proxy?.exclude).toEqual(
      expect.arrayContaining(['localhost', '127.0.0.1', '10.0.2.2', 'host.docker.internal', '.corp']),
    )
  })

  it("is the host's own only when the settings want that", async () => {
    const system = () => Promise.resolve({ http: 'http://system:1', https: '', exclude: [] })
    expect(await machineProxy({ ...manual, mode: 'system' }, system)).toMatchObject({
      http: 'http://system:1',
    })
    expect(await machineProxy({ ...manual, mode: 'none', http: 'http://x:1' }, system)).toBeUndefined()
    expect(await machineProxy(manual, system)).toBeUndefined()
  })
})

describe("the host's proxy", () => {
  it('is read from the environment, lower case first', () => {
    expect(
      proxyOfEnvironment({
        http_proxy: 'http://lower:1',
        HTTP_PROXY: 'http://upper:1',
        HTTPS_PROXY: 'upper:2',
        NO_PROXY: 'localhost, .corp,',
      }),
    ).toEqual({ http: 'http://lower:1', https: 'http://upper:2', exclude: ['localhost', '.corp'] })
    expect(proxyOfEnvironment({ ALL_PROXY: 'socks5://all:1' })).toEqual({
      http: 'socks5://all:1',
      https: 'socks5://all:1',
      exclude: [],
    })
    expect(proxyOfEnvironment({ NO_PROXY: 'x' })).toBeUndefined()
  })

  it('is read from what scutil prints on macOS', () => {
    const output = `<dictionary> {
  ExceptionsList : <array> {
    0 : *.local
    1 : 169.254/16
  }
  FTPPassive : 1
  HTTPEnable : 1
  HTTPPort : 3128
  HTTPProxy : proxy.example.com
  HTTPSEnable : 0
  HTTPSPort : 3129
  HTTPSProxy : old.example.com
}
`
    expect(proxyOfScutil(output)).toEqual({
      http: 'http://proxy.example.com:3128',
      https: '',
      exclude: ['.local', '169.254/16'],
    })
    const socks = '  SOCKSEnable : 1\n  SOCKSPort : 1080\n  SOCKSProxy : 127.0.0.1\n'
    expect(proxyOfScutil(socks)).toMatchObject({
      http: 'socks5://127.0.0.1:1080',
      https: 'socks5://127.0.0.1:1080',
    })
    const six = '  HTTPEnable : 1\n  HTTPPort : 3128\n  HTTPProxy : 2001:db8::1\n'
    expect(proxyOfScutil(six)?.http).toBe('http://[2001:db8::1]:3128')
    expect(proxyOfScutil('<dictionary> {\n  HTTPEnable : 0\n}\n')).toBeUndefined()
  })

  it.each([
    ['proxy.example.com:8080', 'http://proxy.example.com:8080', 'http://proxy.example.com:8080'],
    ['http=one:1;https=two:2;ftp=three:3', 'http://one:1', 'http://two:2'],
  ])('is read from the registry of Windows: %s', (server, http, https) => {
    const output = `\r\nHKEY_CURRENT_USER\\Software\\Microsoft\\Windows\\CurrentVersion\\Internet Settings\r
    ProxyEnable    REG_DWORD    0x1\r
    ProxyServer    REG_SZ    ${server}\r
    ProxyOverride    REG_SZ    *.corp.example;192.168.*;<local>\r
`
    expect(proxyOfRegistry(output)).toEqual({ http, https, exclude: ['.corp.example', '192.168.*'] })
    expect(proxyOfRegistry(output.replace('0x1', '0x0'))).toBeUndefined()
    expect(proxyOfRegistry('')).toBeUndefined()
  })
})
