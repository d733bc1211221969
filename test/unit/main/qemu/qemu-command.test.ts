import { describe, expect, it } from 'vitest'
import {
  qemuArguments,
  qemuBinaryName,
  smallMachineArguments,
  type GuestArch,
  type QemuCommandOptions,
} from '../../../../src/main/qemu/qemu-command'
import type { Accelerator } from '../../../../src/shared/machine'

const base: QemuCommandOptions = {
  platform: 'linux',
  arch: 'x86_64',
  accelerator: 'kvm',
  qemuMajor: 7,
  cpus: 4,
  memoryMiB: 4096,
  kernel: '/image/vmlinuz',
  initrd: '/image/initrd.img',
  rootImage: '/image/root.img',
  dataDisk: '/home/data.qcow2',
  repairDisk: false,
  qmp: { path: '/tmp/a,b/qmp' },
  console: { path: '/tmp/console' },
  consoleLog: '/logs/console.log',
  pidFile: '/run/qemu.json.pid',
  fwCfg: { authorized_keys: '/run/authorized_keys' },
}

/** The values of an option, in their order. */
function values(args: string[], option: string): string[] {
  return args.flatMap((arg, index) => (arg === option ? [args[index + 1] ?? ''] : []))
}

function argsFor(changes: Partial<QemuCommandOptions>): string[] {
  return qemuArguments({ ...base, ...changes })
}

describe('the machine and its processor', () => {
  const hosts: [NodeJS.Platform, GuestArch, Accelerator, number, string, string, string][] = [
    ['linux', 'x86_64', 'kvm', 7, 'q35,vmport=off', 'kvm', 'host'],
    ['linux', 'x86_64', 'tcg', 7, 'q35,vmport=off', 'tcg,thread=multi,tb-size=512', 'max,-cx16,-erms'],
    ['linux', 'arm64', 'kvm', 9, 'virt,gic-version=max', 'kvm', 'host'],
    [
      'linux',
      'arm64',
      'tcg',
      9,
      'virt,gic-version=max',
      'tcg,thread=multi,tb-size=512',
      'max,pauth-impdef=on',
    ],
    ['darwin', 'x86_64', 'hvf', 10, 'q35,vmport=off', 'hvf', 'host,-avx512vl,-pdpe1gb'],
    ['darwin', 'arm64', 'hvf', 10, 'virt', 'hvf', 'host'],
    [
      'win32',
      'x86_64',
      'whpx',
      10,
      'q35,vmport=off',
      'whpx,kernel-irqchip=off',
      'qemu64,+ssse3,+sse4.1,+sse4.2,+popcnt',
    ],
    ['win32', 'x86_64', 'whpx', 11, 'q35,vmport=off', 'whpx', 'qemu64,+ssse3,+sse4.1,+sse4.2,+popcnt'],
    ['win32', 'x86_64', 'tcg', 11, 'q35,vmport=off', 'tcg,thread=multi,tb-size=512', 'max,-cx16,-erms'],
    ['win32', 'arm64', 'whpx', 11, 'virt', 'whpx', 'host'],
  ]
  it.each(hosts)(
    'have the right options on %s %s with the accelerator %s of QEMU %i',
    (platform, arch, accelerator, qemuMajor, machine, accel, cpu) => {
      const args = argsFor({ platform, arch, accelerator, qemuMajor })
      expect(values(args, '-machine')).toEqual([machine])
      expect(values(args, '-accel')).toEqual([accel])
      expect(values(args, '-cpu')).toEqual([cpu])
    },
  )

  it('have the requested size', () => {
    const args = argsFor({ cpus: 3, memoryMiB: 2048 })
    expect(values(args, '-smp')).toEqual(['3,sockets=1,cores=3,threads=1'])
    expect(values(args, '-m')).toEqual(['2048M'])
  })
})

describe('the guest', () => {
  it('boots the kernel directly, with the console of its architecture', () => {
    const args = argsFor({})
    expect(values(args, '-kernel')).toEqual(['/image/vmlinuz'])
    expect(values(args, '-initrd')).toEqual(['/image/initrd.img'])
    expect(values(args, '-append')[0]).toContain('console=ttyS0')
    expect(values(argsFor({ arch: 'arm64' }), '-append')[0]).toContain('console=ttyAMA0')
  })

  it('loads programs at fixed addresses only where that makes emulation faster', () => {
    const commandLine = (changes: Partial<QemuCommandOptions>) => values(argsFor(changes), '-append')[0]
    expect(commandLine({ accelerator: 'tcg', qemuMajor: 7 })).toContain('norandmaps')
    expect(commandLine({ accelerator: 'tcg', qemuMajor: 8 })).not.toContain('norandmaps')
    expect(commandLine({ accelerator: 'kvm', qemuMajor: 7 })).not.toContain('norandmaps')
  })

  it('boots its kernel on one processor if QEMU emulates the processors', () => {
    const commandLine = (changes: Partial<QemuCommandOptions>) => values(argsFor(changes), '-append')[0]
    expect(commandLine({ accelerator: 'tcg' })).toMatch(/ maxcpus=1 noreplace-smp(?: |$)/)
    expect(commandLine({ accelerator: 'tcg', arch: 'arm64' })).toMatch(/ maxcpus=1(?: norandmaps)?$/)
    expect(commandLine({ accelerator: 'kvm' })).not.toContain('maxcpus')
  })

  it.each([
    ['kvm', 'on'],
    ['hvf', 'off'],
    ['whpx', 'off'],
    ['tcg', 'off'],
  ] as const)(
    'has an ioeventfd for the messages of shared folders only with kvm: %s',
    (accelerator, ioeventfd) => {
      const devices = values(argsFor({ accelerator, mounts: { path: '/tmp/mounts' } }), '-device')
      expect(devices).toContain(`virtio-serial-pci,max_ports=2,ioeventfd=${ioeventfd}`)
    },
  )

  it('repairs its disk only on request', () => {
    expect(values(argsFor({ repairDisk: true }), '-append')[0]).toMatch(/ berth\.fsck=force(?: |$)/)
    expect(values(argsFor({}), '-append')[0]).not.toContain('berth.fsck')
  })

  it('that reboots or panics makes QEMU exit', () => {
    expect(argsFor({})).toContain('-no-reboot')
    expect(values(argsFor({}), '-append')[0]).toContain('panic=-1')
  })

  it('has a read-only root and a data disk that gives space back, each with its serial', () => {
    const args = argsFor({})
    expect(values(args, '-blockdev')).toEqual([
      'driver=raw,node-name=root,read-only=on,file.driver=file,file.filename=/image/root.img',
      'driver=qcow2,node-name=data,discard=unmap,detect-zeroes=unmap,file.discard=unmap,file.driver=file,file.filename=/home/data.qcow2',
    ])
    expect(values(args, '-device')).toEqual(
      expect.arrayContaining([
        'virtio-blk-pci,drive=root,serial=berth-root',
        'virtio-blk-pci,drive=data,serial=berth-data',
      ]),
    )
  })

  it('has a random number generator that needs no device of the host', () => {
    expect(values(argsFor({ platform: 'win32' }), '-object')).toEqual(['rng-builtin,id=rng0'])
  })

  it('gets its settings as files, and no argument contains the content of a file', () => {
    expect(
      values(
        argsFor({ fwCfg: { ssh_host_ed25519_key: '/run/key', authorized_keys: '/run/keys' } }),
        '-fw_cfg',
      ),
    ).toEqual([
      'name=opt/berth/ssh_host_ed25519_key,file=/run/key',
      'name=opt/berth/authorized_keys,file=/run/keys',
    ])
  })
})

describe('the control connection', () => {
  it('is opened by QEMU to Berth’s listener, and QEMU itself does not listen', () => {
    const args = argsFor({})
    expect(values(args, '-chardev')).toEqual([
      'socket,id=qmp,path=/tmp/a,,b/qmp,server=off',
      'socket,id=console,path=/tmp/console,server=off,logfile=/logs/console.log',
    ])
    expect(values(args, '-mon')).toEqual(['chardev=qmp,mode=control'])
    expect(values(args, '-netdev')).toEqual(['user,id=net0,restrict=off'])
    expect(args.join(' ')).not.toMatch(/server=on|-vnc|-monitor|hostfwd/)
  })

  it('belongs to a QEMU without default devices and without the user’s configuration', () => {
    expect(argsFor({})).toEqual(
      expect.arrayContaining(['-nodefaults', '-no-user-config', '-display', 'none']),
    )
  })
})

it('escapes commas in paths', () => {
  const args = argsFor({
    dataDisk: '/a,b/data.qcow2',
    consoleLog: '/a,b/console.log',
    fwCfg: { authorized_keys: '/a,b/keys' },
  })
  expect(values(args, '-blockdev')[1]).toContain('file.filename=/a,,b/data.qcow2')
  expect(values(args, '-chardev')[1]).toContain('logfile=/a,,b/console.log')
  expect(values(args, '-fw_cfg')).toEqual(['name=opt/berth/authorized_keys,file=/a,,b/keys'])
})

it('names the emulator of each host', () => {
  expect(qemuBinaryName('linux', 'x86_64')).toBe('qemu-system-x86_64')
  expect(qemuBinaryName('darwin', 'arm64')).toBe('qemu-system-aarch64')
  expect(qemuBinaryName('win32', 'x86_64')).toBe('qemu-system-x86_64w.exe')
})

describe('a small machine', () => {
  const small = (changes: Partial<QemuCommandOptions> = {}) =>
    smallMachineArguments({ ...base, ...changes, memoryMiB: 128, script: 'echo hello; poweroff -f' })

  it('has no disks and no network, and runs a script with the shell of the initramfs', () => {
    const args = small()
    expect(args.join(' ')).not.toMatch(/-blockdev|-netdev|-device|-fw_cfg/)
    expect(values(args, '-m')).toEqual(['128M'])
    expect(values(args, '-append')[0]).toMatch(/ rdinit=\/bin\/busybox -- sh -c "echo hello; poweroff -f"$/)
  })

  it('uses the accelerator and the processor of the machine', () => {
    for (const accelerator of ['kvm', 'tcg'] as const)
      for (const option of ['-machine', '-accel', '-cpu'])
        expect(values(small({ accelerator }), option)).toEqual(values(argsFor({ accelerator }), option))
  })
})
