import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Mounts } from '../src/main/mounts/mounts'
import { createLog } from '../src/main/host/log'
import { startFileServerThread } from '../test/support/file-server-thread'
import { onMachine, type BenchMachine } from './support/machine'
import { median, type BenchOptions, type BenchResult } from './support/result'

const full = {
  rounds: 3,
  manyFiles: 5_000,
  newFiles: 1_000,
  bigMiB: 256,
  entries: 400,
  unpackedFolders: 10,
  clonedFolders: 6,
}
const smallest: Size = {
  rounds: 1,
  manyFiles: 100,
  newFiles: 10,
  bigMiB: 1,
  entries: 10,
  unpackedFolders: 1,
  clonedFolders: 1,
}
/** The number of folders in the folder `many`. */
const parts = 50
/** The archive that `untar` unpacks, and the repository that `clone` clones. Both are on the machine's own disk. */
const archive = '/var/lib/berth/bench.tar'
const repository = '/var/lib/berth/bench.git'
type Size = typeof full

/** The measured commands. Each runs in a folder that contains the folder `many`. `$round` is the round's number. */
const linesOf = ({ newFiles, bigMiB, entries }: Size) => ({
  stat: 'find many -type f -size +100000 | wc -l',
  read_small: 'find many -type f | xargs cat | wc -c',
  write_small: `mkdir new-$round; i=0; while [ $i -lt ${String(newFiles)} ]; do echo "content of a small file $i" >new-$round/$i; i=$((i + 1)); done`,
  write_big: `dd if=/dev/zero of=big bs=1M count=${String(bigMiB)} conv=fsync 2>/dev/null`,
  read_big: 'dd if=big of=/dev/null bs=1M 2>/dev/null',
  create: `mkdir made-$round; cd made-$round; seq ${String(entries)} | xargs touch`,
  remove: 'rm -r made-$round',
  untar: `mkdir modules-$round; tar -x -f ${archive} -C modules-$round`,
  remove_tree: 'rm -rf modules-$round',
  clone: `git clone -q --no-hardlinks ${repository} clone-$round 2>/dev/null`,
  status: 'git -C clone-$round status --short',
})
type Line = keyof ReturnType<typeof linesOf>
const lineNames = Object.keys(linesOf(full)) as Line[]
/** These commands take long, so only the first round measures them. */
const long: ReadonlySet<Line> = new Set<Line>(['untar', 'remove_tree', 'clone', 'status'])

/**
 * Compares Berth's shared folders with two peers: the machine's own disk, and sshfs over OpenSSH's sftp-server, which
 * other tools use. The benchmark runs each command in a shared folder, over sshfs and on the machine's own disk in
 * turn. All runs are in the same machine, with cold caches.
 */
export default async function ({ smoke }: BenchOptions = {}): Promise<BenchResult> {
  const size = smoke ? smallest : full
  const base = await realpath(await mkdtemp(join(tmpdir(), 'berth-bench-mounts-')))
  const log = createLog(join(base, 'logs'))
  const mounts =
    smoke?.mounts ??
    new Mounts({
      log,
      platform: process.platform,
      ownFolder: join(base, 'own'),
      startThread: startFileServerThread,
    })
  try {
    const [ours, theirs] = [join(base, 'ours'), join(base, 'sshfs')]
    for (const folder of [ours, theirs]) await fill(folder, size)
    await mounts.setFolders([{ path: ours, writable: true }])
    return await onMachine(
      async (bench) => {
        const peer = await mountSshfs(bench, theirs)
        try {
          return await compare(bench, size, {
            berth: ours,
            sshfs: '/mnt/sshfs',
            guest: '/var/lib/berth/bench',
          })
        } finally {
          const ended = once(peer, 'exit')
          await bench.machine.link.exec('umount -l /mnt/sshfs')
          peer.kill()
          await ended
        }
      },
      { smoke, mounts },
    )
  } finally {
    if (smoke) await mounts.setFolders([])
    else await mounts.close()
    await rm(base, { recursive: true, force: true })
  }
}

async function fill(folder: string, { manyFiles }: Size): Promise<void> {
  for (let index = 0; index < manyFiles; index++) {
    const part = join(folder, 'many', String(index % parts))
    if (index < parts) await mkdir(part, { recursive: true })
    await writeFile(join(part, `file-${String(index)}.js`), `module.exports = ${String(index)}\n`.repeat(40))
  }
}

/** Mounts a folder of the host in the machine, with sshfs and its default options. The host connects with ssh. */
async function mountSshfs({ ssh, machine }: BenchMachine, folder: string): Promise<ChildProcess> {
  await machine.link.exec('mkdir -p /mnt/sshfs')
  const sshfs = `ssh -F '${ssh.config}' -p ${String(ssh.port)} root@127.0.0.1 "sshfs -f -o passive :'${folder}' /mnt/sshfs"`
  const pipe = join(folder, '..', 'pipe')
  const peer = spawn(
    'sh',
    ['-c', `mkfifo '${pipe}'; ${sshfs} <'${pipe}' | /usr/lib/openssh/sftp-server >'${pipe}'`],
    {
      stdio: ['ignore', 'ignore', 'inherit'],
    },
  )
  const mounted =
    'for i in $(seq 300); do grep -q " /mnt/sshfs " /proc/mounts && exit; sleep 0.1; done; exit 1'
  const { code } = await machine.link.exec(mounted)
  if (code !== 0) throw new Error('sshfs did not mount')
  return peer
}

async function compare(
  { machine }: BenchMachine,
  size: Size,
  folders: Record<'berth' | 'sshfs' | 'guest', string>,
): Promise<BenchResult> {
  const { link } = machine
  await link.exec(`mkdir -p ${folders.guest} && cp -r '${folders.berth}/many' ${folders.guest}/`)
  const made = await link.exec(
    [
      `cd ${folders.guest}/many && tar -c -f ${archive} $(seq 0 ${String(size.unpackedFolders - 1)}) && git init -q ${repository} && cd ${repository}`,
      `for i in $(seq 0 ${String(size.clonedFolders - 1)}); do cp -r ${folders.guest}/many/$i .; done`,
      'git add . && git -c user.name=bench -c user.email=bench@localhost commit -q -m files',
    ].join(' && '),
  )
  if (made.code !== 0) throw new Error(`the repository: ${made.stderr}`)
  const lines = linesOf(size)
  const seconds = new Map<string, number[]>()
  for (let round = 0; round < size.rounds; round++)
    for (const line of lineNames.filter((name) => round === 0 || !long.has(name)))
      for (const [name, folder] of Object.entries(folders)) {
        const clock = 'cut -d" " -f1 /proc/uptime'
        const command = `cd '${folder}'; round=${String(round)}; sync; echo 3 >/proc/sys/vm/drop_caches; a=$(${clock}); { ${lines[line]}; } >/dev/null && echo $a $(${clock})`
        const { code, stdout, stderr } = await link.exec(command)
        if (code !== 0) throw new Error(`${line} in ${folder}: ${stderr}`)
        const [begin = NaN, end = NaN] = stdout.trim().split(' ').map(Number)
        const key = `${name}_${line}`
        seconds.set(key, [...(seconds.get(key) ?? []), Math.max(0.01, end - begin)])
        if (size === full) process.stderr.write(`${key}: ${(end - begin).toFixed(2)} s\n`)
      }
  return result(size, (name, line) => median(seconds.get(`${name}_${line}`) ?? []))
}

/** The ratios compare speeds: 2 means that Berth is twice as fast as the peer. */
function result(
  { manyFiles, newFiles, bigMiB, entries, unpackedFolders, clonedFolders }: Size,
  secondsOf: (name: string, line: Line) => number,
): BenchResult {
  const ratios: Record<string, number> = {}
  const figures: Record<string, number> = {}
  for (const line of lineNames)
    for (const name of ['berth', 'sshfs', 'guest']) {
      figures[`${name}_${line}_seconds`] = secondsOf(name, line)
      if (name !== 'berth') ratios[`${name}_${line}`] = secondsOf(name, line) / secondsOf('berth', line)
    }
  const titles: Record<Line, string> = {
    stat: `stat of ${String(manyFiles)} files`,
    read_small: `reading ${String(manyFiles)} small files`,
    write_small: `writing ${String(newFiles)} small files`,
    write_big: `writing ${String(bigMiB)} MiB`,
    read_big: `reading ${String(bigMiB)} MiB`,
    create: `creating ${String(entries)} empty files`,
    remove: 'removing the empty files',
    untar: `tar x of ${String((manyFiles / parts) * unpackedFolders)} files`,
    remove_tree: 'rm -rf of the unpacked files',
    clone: `git clone of ${String((manyFiles / parts) * clonedFolders)} files`,
    status: 'git status of the cloned files',
  }
  const cell = (name: string, line: Line) => `${secondsOf(name, line).toFixed(2)} s`
  return {
    name: 'mounts',
    ratios,
    figures,
    table: [
      ['cold caches', 'Berth', 'sshfs', 'the machine’s own disk'],
      ...lineNames.map((line) => [
        titles[line],
        cell('berth', line),
        cell('sshfs', line),
        cell('guest', line),
      ]),
    ],
  }
}
