import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { findGuestImage } from '../src/main/guest-image/newest-or-previous'
import { createLog } from '../src/main/host/log'
import { imageFile, message } from '../src/main/lib'
import { Mounts } from '../src/main/mounts/mounts'
import { startFileServerThread } from '../test/support/file-server-thread'
import actions from './actions'
import api from './api'
import boot from './boot'
import idle from './idle'
import image from './image'
import logs from './logs'
import list from './list'
import mounts from './mounts'
import observe from './observe'
import ports from './ports'
import resume from './resume'
import socket from './socket'
import stats from './stats'
import terminal from './terminal'
import { onMachine, type SmokeRun } from './support/machine'
import { timed, type BenchResult } from './support/result'

/** In this order, the benchmarks can share one machine: `resume` leaves the machine off, then `boot` boots it. */
const benchmarks = {
  api,
  socket,
  actions,
  terminal,
  logs,
  stats,
  observe,
  ports,
  mounts,
  resume,
  boot,
  idle,
  image,
  list,
}

/**
 * Runs every benchmark at its smallest size, to show that every benchmark works. The figures are the seconds that each
 * benchmark took. If a benchmark fails, the others still run.
 * @throws Error with the messages of all failures
 */
export default async function (): Promise<BenchResult> {
  const folder = await mkdtemp(join(tmpdir(), 'berth-bench-smoke-'))
  const shared = new Mounts({
    log: createLog(join(folder, 'logs')),
    platform: process.platform,
    ownFolder: join(folder, 'own'),
    startThread: startFileServerThread,
  })
  try {
    return await onMachine(
      async (bench) => {
        const guestImage = await findGuestImage(bench.paths, 'x86_64')
        if (guestImage === undefined) throw new Error('there is no guest image')
        const buildTools = await toolsForSmallStock(folder, join(guestImage, imageFile.kernel))
        return await runAll({ bench, mounts: shared, buildTools })
      },
      { mounts: shared },
    )
  } finally {
    await shared.close()
    await rm(folder, { recursive: true, force: true })
  }
}

async function runAll(smoke: SmokeRun): Promise<BenchResult> {
  const figures: Record<string, number> = {}
  const failures: string[] = []
  for (const [name, benchmark] of Object.entries(benchmarks)) {
    try {
      figures[`${name}_seconds`] = await timed(() => benchmark({ smoke }))
    } catch (error) {
      failures.push(`${name}: ${message(error)}`)
    }
  }
  if (failures.length > 0) throw new Error(failures.join('\n'))
  return {
    name: 'smoke',
    ratios: {},
    figures,
    table: [
      ['works', 'seconds'],
      ...Object.entries(figures).map(([name, seconds]) => [name, seconds.toFixed(1)]),
    ],
  }
}

/** Prints the lines that the benchmarks wait for, then turns the machine off. */
const init = `#!/bin/sh
printf '\\nstock: ready\\n'
sleep 1
printf '\\nstock: memory 1024\\n'
sleep 1
poweroff -f
`

/**
 * Writes stand-ins for two tools that bench/stock-debian/build.sh uses. The stand-in for `mmdebstrap` does not install
 * a system: it copies Berth's kernel and a small initramfs. The stand-in for `id` lets any user run the build.
 */
async function toolsForSmallStock(folder: string, kernel: string): Promise<string> {
  const tools = join(folder, 'tools')
  const ram = join(folder, 'ram')
  await mkdir(join(ram, 'bin'), { recursive: true })
  await mkdir(tools)
  await writeFile(join(ram, 'init'), init)
  await chmod(join(ram, 'init'), 0o755)
  const shell = `cp /bin/busybox bin/ && for name in sh sleep printf poweroff; do ln -s busybox bin/$name; done`
  const pack = `find . | busybox cpio -o -H newc >'${join(folder, 'initrd')}'`
  await execa('sh', ['-c', `${shell} && ${pack}`], { cwd: ram })
  const mmdebstrap = `#!/bin/sh
set -e
cat >/dev/null
until [ "$1" = trixie ]; do shift; done
mkdir -p "$2/boot" "$2/etc/systemd/system/multi-user.target.wants" "$2/usr/local/sbin"
cp '${kernel}' "$2/boot/vmlinuz-smoke"
cp '${join(folder, 'initrd')}' "$2/boot/initrd.img-smoke"
`
  for (const [name, script] of Object.entries({ mmdebstrap, id: '#!/bin/sh\necho 0\n' })) {
    await writeFile(join(tools, name), script)
    await chmod(join(tools, name), 0o755)
  }
  return tools
}
