import { execa } from 'execa'
import { idleContainer } from '../test/support/busybox-image'
import { onMachine } from './support/machine'
import { median, timed, type BenchOptions, type BenchResult } from './support/result'

const containers = 10
const allRounds = 12

/**
 * Measures the time to list ten containers. Berth uses its open SSH link, and gets all details that the screen shows
 * of each container. The peer, `docker -H ssh://`, logs in for every call and gets only the containers' ids.
 */
export default function ({ smoke }: BenchOptions = {}): Promise<BenchResult> {
  return onMachine(
    async ({ engine, ssh, sshFolder }) => {
      for (let index = 0; index < containers; index++) await engine.containers.create(idleContainer)
      const peer = ['-H', `ssh://root@127.0.0.1:${String(ssh.port)}`, 'ps', '--all', '--no-trunc', '--quiet']
      const env = { PATH: `${sshFolder}:${process.env.PATH ?? ''}`, DOCKER_CONFIG: sshFolder }
      const rounds = smoke ? 1 : allRounds
      const ours: number[] = []
      const theirs: number[] = []
      // Berth and the peer take turns, so that other load on the host affects them equally. The first round is a
      // warm-up and does not count.
      for (let round = 0; round <= rounds; round++) {
        const own = await timed(async () => {
          expectCount((await engine.containers.list()).length)
        })
        const other = await timed(async () => {
          expectCount((await execa('docker', peer, { env })).stdout.split('\n').length)
        })
        if (round === 0) continue
        ours.push(own)
        theirs.push(other)
      }
      const figures = { berth_list_seconds: median(ours), docker_ssh_list_seconds: median(theirs) }
      return {
        name: 'api',
        ratios: { docker_ssh: figures.berth_list_seconds / figures.docker_ssh_list_seconds },
        figures,
        table: [
          [`list of ${String(containers)} containers`, 'median', 'fastest'],
          row('Berth, SSH link', ours),
          row('docker -H ssh://', theirs),
        ],
      }
    },
    { smoke },
  )
}

function row(name: string, seconds: number[]): string[] {
  return [name, milliseconds(median(seconds)), milliseconds(Math.min(...seconds))]
}

function milliseconds(seconds: number): string {
  return `${(seconds * 1000).toFixed(1)} ms`
}

function expectCount(count: number): void {
  if (count !== containers)
    throw new Error(`${String(count)} containers listed instead of ${String(containers)}`)
}
