import { describe, expect, it } from 'vitest'
import { proxyOfEnvironment, proxyOfRegistry, proxyOfScutil } from '../../../../src/main/network/system-proxy'

describe("the host's proxy", () => {
  it('is read from the environment, and lower-case variables override upper-case ones', () => {
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

  it('is read from the output of scutil on macOS', () => {
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
  ])('is read from the Windows registry: %s', (server, http, https) => {
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
