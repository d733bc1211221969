import { BerthError } from '../../shared/errors'
import type { KeptLog } from '../../shared/logs'
import { unparkedName } from '../../shared/parked-names'
import { guestPath } from '../lib'
import type { SshLink } from '../ssh'

const program = '/usr/lib/berth/keep-logs'
const limitFile = `${guestPath.data}/kept-logs/limit`

/** A container with kept log files. */
export interface KeptContainer extends KeptLog {
  id: string
  /** True if the container still exists. Then the kept files are those that the engine has rotated away. */
  exists: boolean
}

/**
 * The logs of removed containers, which the machine keeps (vm-assets/agent/logs/keep-logs.c). The data disk holds them,
 * so they survive restarts and crashes.
 */
export class KeptLogs {
  readonly #link: Pick<SshLink, 'exec'>

  constructor(link: Pick<SshLink, 'exec'>) {
    this.#link = link
  }

  /** Every container with kept files, oldest first. */
  async containers(): Promise<KeptContainer[]> {
    const output = await this.#run(`${program} list`)
    return output
      .split('\n')
      .flatMap((line) => parseKept(line))
      .sort((a, b) => a.oldest - b.oldest)
  }

  /** The kept logs by name. */
  async list(): Promise<KeptLog[]> {
    const byName = new Map<string, KeptLog>()
    for (const { name, project, bytes, oldest, newest, exists } of await this.containers()) {
      if (exists) continue
      const known = byName.get(name)
      byName.set(name, {
        name,
        project,
        bytes: bytes + (known?.bytes ?? 0),
        oldest: Math.min(oldest, known?.oldest ?? oldest),
        newest: Math.max(newest, known?.newest ?? newest),
      })
    }
    return [...byName.values()]
  }

  /** Deletes all kept logs. */
  async clear(): Promise<void> {
    await this.#run(`${program} clear`)
  }

  /** Sets how many MiB the kept logs may take. The machine immediately deletes the oldest files above the limit. */
  async setLimit(mebibytes: number): Promise<void> {
    await this.#run(
      `mkdir -p -m 700 ${guestPath.data}/kept-logs && echo ${String(mebibytes)} >${limitFile}.new && mv ${limitFile}.new ${limitFile}`,
    )
  }

  async #run(command: string): Promise<string> {
    const { code, stdout, stderr } = await this.#link.exec(command, { background: true })
    if (code !== 0) throw new BerthError('logs.no-reader', {}, { detail: stderr })
    return stdout
  }
}

function parseKept(line: string): KeptContainer[] {
  const [id = '', bytes, oldest, newest, exists, name = '-', project = '-'] = line.split(' ')
  if (name === '-') return []
  return [
    {
      id,
      // The engine removes the old container of an edit under a parked name.
      name: unparkedName(name),
      project: project === '-' ? null : project,
      bytes: Number(bytes),
      oldest: Number(oldest) * 1000,
      newest: Number(newest) * 1000,
      exists: exists === '1',
    },
  ]
}
