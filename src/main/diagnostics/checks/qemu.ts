import { BerthError } from '../../../shared/errors'
import { findQemu } from '../../qemu'
import { failed, ok, warning, type Check, type DiagnosticsContext } from '../check'

/** The oldest major version for each kind of host (Lima has similar limits, pkg/driver/qemu/qemu.go). */
function leastMajor({ platform, arch }: Pick<DiagnosticsContext, 'platform' | 'arch'>): number {
  if (platform === 'win32') return 11
  return platform === 'darwin' && arch === 'arm64' ? 8 : 7
}

/** Checks that QEMU is installed and runs, and that its version has no known faults. */
export const qemu: Check = {
  id: 'qemu',
  async run({ platform, arch, env, paths }) {
    try {
      const { version: named, major } = await findQemu({
        platform,
        arch,
        path: env.PATH ?? '',
        ...(paths.resources === undefined ? {} : { resources: paths.resources }),
      })
      const version = /version (\S+)/.exec(named)?.[1] ?? named
      const least = leastMajor({ platform, arch })
      if (major < least) return warning('qemu.old', { version, least: `${least}.0` })
      // QEMU issue 3433: an idle guest keeps more than two processors busy.
      if (platform === 'darwin' && arch === 'arm64' && version.startsWith('11.0.0'))
        return warning('qemu.busy', { version })
      return ok('qemu.ok', { version: named })
    } catch (error) {
      if (!(error instanceof BerthError)) throw error
      if (error.code === 'host.qemu-missing') return failed('qemu.missing', error.params)
      return failed('qemu.broken', error.params)
    }
  },
}
