import type { Ref } from 'vue'
import { api, saveDownload } from '../api'
import type { LogRow } from '../lib/log-window'
import { useNotifications } from '../stores/notifications'

/** Saves logs as text files: the rows of a view, or the whole logs. */
export function useLogDownload(options: {
  names: readonly string[]
  timestamps: Readonly<Ref<boolean>>
  rows: Readonly<Ref<readonly LogRow[]>>
}) {
  const { names, timestamps, rows } = options
  const notifications = useNotifications()

  function lineOf({ log, time, text }: LogRow): string {
    const name = names.length === 1 ? '' : `${names[log] ?? ''} | `
    return `${name}${timestamps.value ? `${new Date(time).toISOString()} ` : ''}${text}\n`
  }
  /** Saves the rows that the view has loaded. */
  function save(): void {
    const url = URL.createObjectURL(new Blob(rows.value.map(lineOf), { type: 'text/plain' }))
    const link = document.createElement('a')
    link.href = url
    link.download = `${names.length === 1 ? (names[0] ?? 'log') : 'logs'}-part.log`
    link.click()
    URL.revokeObjectURL(url)
  }
  /** Saves everything that the machine still has of the logs. */
  function download(): void {
    api.logs
      .download({ names: [...names], timestamps: timestamps.value })
      .then(saveDownload, notifications.failure)
  }

  return { save, download }
}
