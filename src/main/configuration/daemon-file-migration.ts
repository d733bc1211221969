import { rename } from 'node:fs/promises'
import { settingsSchema } from '../../shared/settings'
import { daemonProblem } from '../../shared/daemon-options'
import { jsonReason, readText } from '../lib'
import { berthFile, type BerthPaths, type Logger } from '../host'
import type { SettingsStore } from '../settings'

/**
 * Takes over the `machine/daemon.json` that Berth used before it had settings, and keeps it as `daemon.json.migrated`.
 * A file that Berth may not give to dockerd is kept as `daemon.json.refused`.
 */
export async function moveDaemonFile(paths: BerthPaths, settings: SettingsStore, log: Logger): Promise<void> {
  const file = berthFile(paths, 'oldDaemonFile')
  const text = await readText(file)
  if (text === undefined) return
  try {
    const daemon = settingsSchema.shape.daemon.parse(JSON.parse(text))
    const problem = daemonProblem(daemon)
    if (problem !== undefined) throw new Error(`${problem.reason} option ${problem.key}`)
    await settings.update({ daemon: { ...daemon, ...settings.current.daemon } })
    await rename(file, berthFile(paths, 'migratedDaemonFile'))
  } catch (error) {
    log.warn({ file, reason: jsonReason(error) }, 'could not take over daemon.json')
    await rename(file, berthFile(paths, 'refusedDaemonFile'))
  }
}
