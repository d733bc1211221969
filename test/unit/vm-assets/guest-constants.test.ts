import { execa } from 'execa'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { fromAgent, guestNetwork, mountAgent, replayOperation } from '../../../src/main/lib'

let folder: string
const generated = (name: string) => readFile(join(folder, name), 'utf8')

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'berth-constants-'))
  await execa(process.execPath, ['vm-assets/generate-constants.mjs', folder])
})
afterAll(async () => {
  await rm(folder, { recursive: true })
})

describe('the constants that the app and the guest share', () => {
  test('reach C programs as macros', async () => {
    const header = await generated('guest-constants.h')
    expect(header).toContain(`#define MOUNT_AGENT_PORT "${mountAgent.port}"\n`)
    expect(header).toContain(`#define FROM_AGENT_HELLO_AGAIN ${fromAgent.HELLO_AGAIN}\n`)
    expect(header).toContain(`#define REPLAY_SYMLINK ${replayOperation.SYMLINK}\n`)
    const [, marker] = /^#define MOUNT_AGENT_MARKER (\w+)$/m.exec(header) ?? []
    expect(Number(marker)).toBe(mountAgent.marker)
  })

  test('reach shell scripts as variables', async () => {
    const script = `. ${join(folder, 'guest-constants.sh')}; echo "$NETWORK_NAME_SERVER $NETWORK_MTU $FW_CFG_SSH_HOST_KEY"`
    const { stdout } = await execa('sh', ['-c', script])
    expect(stdout).toBe(`${guestNetwork.nameServer} ${guestNetwork.mtu} ssh_host_ed25519_key`)
  })

  test('fill in the placeholders of all configuration files', async () => {
    const rootfs = 'vm-assets/rootfs'
    const entries = await readdir(rootfs, { recursive: true, withFileTypes: true })
    const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
    const { stdout } = await execa('sed', ['-f', join(folder, 'guest-constants.sed'), ...files])
    expect(stdout.match(/@[A-Z_]+@/g)).toBeNull()
    expect(stdout).toContain(`${guestNetwork.host} host.docker.internal`)
  })

  test('include a TCP option with a raised segment size that keeps the checksum of a packet', async () => {
    const substitutions = await generated('guest-constants.sed')
    const words = (name: string) => {
      const [, bytes = ''] = new RegExp(`@${name}@\\|0x(\\w{12})\\|`).exec(substitutions) ?? []
      return (bytes.match(/.{4}/g) ?? []).map((word) => Number.parseInt(word, 16))
    }
    const checksum = (numbers: number[]) => numbers.reduce((sum, number) => sum + number, 0) % 0xffff
    const [offered, raised] = [words('SEGMENT_OPTION_OFFERED'), words('SEGMENT_OPTION_RAISED')]
    expect(offered).toEqual([0, 0x0204, 1460])
    expect(raised.slice(1)).toEqual([0x0204, guestNetwork.mtu - 40])
    expect(checksum(raised)).toBe(checksum(offered))
  })

  test('are in no other code of the guest image: the addresses, the MTU, and the mount agent’s port and marker', async () => {
    const { port, marker } = mountAgent
    const values = [...Object.values(guestNetwork), port, `0x${marker.toString(16)}`].filter(
      (value) => String(value).length > 2,
    )
    const patterns = values.flatMap((value) => ['-e', String(value)])
    const args = [
      'grep',
      '-l',
      '-w',
      '-F',
      ...patterns,
      '--',
      'vm-assets',
      ':!*.md',
      ':!*guest-constants.json',
    ]
    expect((await execa('git', args, { reject: false })).stdout).toBe('')
  })
})
