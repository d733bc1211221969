import { describe, expect, it } from 'vitest'
import {
  daemonFile,
  daemonFileText,
  keepsContainers,
  reloadedFile,
} from '../../../../src/main/configuration/daemon-file'

const registries = { mirrors: [], insecure: [], certificates: [] }
const plain = daemonFile({ registries, daemon: {} }, undefined)

describe("dockerd's configuration", () => {
  it("has only Berth's own options and the reloadable options if the user has set no options", () => {
    expect(plain).toEqual({
      'host-gateway-ip': '10.0.2.2',
      ip6tables: false,
      mtu: 31_000,
      'default-network-opts': { bridge: { 'com.docker.network.driver.mtu': '31000' } },
      'live-restore': false,
      'registry-mirrors': [],
      'insecure-registries': [],
    })
  })

  it("has the registries and the proxy of the settings, overridden by the user's own options", () => {
    const file = daemonFile(
      {
        registries: { ...registries, mirrors: ['https://mirror.example'], insecure: ['10.1.2.3:5000'] },
        daemon: { 'registry-mirrors': ['https://mine.example'], debug: true },
      },
      { http: 'http://proxy:3128', https: '', exclude: ['localhost', '.corp'] },
    )
    expect(file).toMatchObject({
      'registry-mirrors': ['https://mine.example'],
      'insecure-registries': ['10.1.2.3:5000'],
      proxies: { 'http-proxy': 'http://proxy:3128', 'no-proxy': 'localhost,.corp' },
      debug: true,
    })
  })

  it('has only one of the two keys for the address of the host, because dockerd refuses a file with both keys', () => {
    const addresses = { 'host-gateway-ips': ['192.168.1.2', 'fd00::2'] }
    const file = daemonFile({ registries, daemon: addresses }, undefined)
    expect(file).toMatchObject(addresses)
    expect(file).not.toHaveProperty('host-gateway-ip')
  })

  it('is shown without passwords', () => {
    const proxy = { http: 'http://me:secret@proxy:3128/', https: '', exclude: [] }
    const text = daemonFileText(daemonFile({ registries, daemon: {} }, proxy))
    expect(text).toContain('http://me:***@proxy:3128/')
    expect(text).not.toContain('secret')
  })

  it.each(['planted', 'pl@nted', 'a"planted', 'planted%40', 'a:planted', "pl'anted"])(
    'is shown without any part of the password %s, in every option',
    (password) => {
      const address = `http://me:${password}@proxy:3128/`
      const proxies = { 'http-proxy': address, 'https-proxy': `socks5h://me:${password}@proxy` }
      for (const text of [
        daemonFileText(daemonFile({ registries, daemon: { proxies } }, undefined)),
        daemonFileText(daemonFile({ registries, daemon: {} }, { http: address, https: '', exclude: [] })),
      ]) {
        expect(text).toContain('http://me:***@proxy:3128/')
        expect(text).not.toMatch(/nted/)
      }
    },
  )
})

describe('a change of dockerd’s configuration', () => {
  const desired = { ...plain, 'registry-mirrors': ['https://mirror.example'], bip: '172.30.0.1/16' }

  it('is applied by a reload, except for the options that need a restart', () => {
    expect(reloadedFile(plain, desired)).toEqual({ ...plain, 'registry-mirrors': ['https://mirror.example'] })
  })

  it('stops containers only if they depend on the changed option', () => {
    expect(keepsContainers(plain, desired)).toBe(false)
    expect(keepsContainers(plain, { ...plain, 'log-driver': 'local' })).toBe(true)
  })
})
