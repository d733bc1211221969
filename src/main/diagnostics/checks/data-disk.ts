import { diskFile, verifyDisk } from '../../disk'
import { berthFile } from '../../host'
import { findQemu, qemuSearch } from '../../qemu'
import {
  failed,
  needsMachine,
  ok,
  warning,
  type Check,
  type DiagnosticsContext,
  type Outcome,
} from '../check'

/** Reports the result of e2fsck at the last boot. If no machine runs, verifies the disk file with `qemu-img check`. */
export const dataDisk: Check = {
  id: 'data-disk',
  limitMs: 60_000,
  async run(context) {
    const { machine, paths } = context
    const file = berthFile(paths, 'dataDisk')
    if ((await diskFile(file)) === undefined) return ok('data-disk.none')
    const { failure, phase } = machine.state
    if (failure?.error.code === 'machine.disk-unusable')
      return failed('data-disk.damaged', { reason: String(failure.error.params.reason), file }, repair)
    if (phase === 'stopped' || phase === 'failed') return checkFile(context, file)
    const report = machine.guestReport('fsck')
    if (report === undefined && (phase === 'preparing' || phase === 'booting')) return needsMachine
    const [code, ...summary] = (report ?? '').split(' ')
    // A disk that the guest has just formatted has no report.
    if (code === '0' || code === '') return ok('data-disk.ok')
    return warning('data-disk.repaired', {}, { detail: summary.join(' ') })
  },
}

const repair = { fix: 'open-repair' } as const

async function checkFile(context: DiagnosticsContext, file: string): Promise<Outcome> {
  const { qemuImg } = await findQemu(qemuSearch(context))
  const { whole, output } = await verifyDisk(qemuImg, file)
  if (whole) return ok('data-disk.checked', {}, { detail: output })
  const reason = output.split('\n')[0] ?? ''
  return failed('data-disk.damaged', { reason, file }, { detail: output, ...repair })
}
