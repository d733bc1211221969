import { FileWatch, type Logger, step } from '../host'
import type { SettingsStore } from './settings-store'

/** Reads the settings again when another program, such as an editor, has changed settings.json. */
export function watchSettingsFile(settings: SettingsStore, log: Logger): FileWatch {
  const watch = new FileWatch(settings.file, log)
  watch.on('change', () => void step(log, 'settings', () => settings.reread()))
  watch.start()
  return watch
}
