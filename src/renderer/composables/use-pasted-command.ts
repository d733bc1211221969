import { refDebounced, watchDebounced } from '@vueuse/core'
import { computed, ref, shallowRef, watch } from 'vue'
import {
  composeServices,
  looksLikeCompose,
  type NamedFile,
  readComposeService,
  type ReadCommand,
  readPairsFile,
  type ReadProblem,
  readRunLine,
  withFile,
} from '../../shared/docker-commands/read'
import { isPathLike } from '../../shared/host-paths'
import { api } from '../api'
import { pastedVariables } from '../lib/pasted-rows'

/** How long to wait after the last key before a mistake is shown, in milliseconds. */
const pauseMs = 250

type Rows = { name: string; value: string }[]

/** Returns undefined for a file of compose that Berth cannot read. */
function rowsOf(text: string, kind: NamedFile['kind']): Rows | undefined {
  if (kind !== 'dotenv') return readPairsFile(text, kind)
  return text.split('\n').every((line) => /^\s*(?:#|$)/.test(line)) ? [] : pastedVariables(text)
}

/** What a pasted command or compose file means for the form. */
export function usePastedCommand() {
  const text = ref('')
  const service = ref('')
  const folder = ref('')
  /** The text that everything below is about. */
  const settled = refDebounced(text, pauseMs)
  /** The rows of the files that the command names. A file that cannot be read has none. */
  const rows = shallowRef(new Map<string, Rows | undefined>())

  const services = computed(() =>
    looksLikeCompose(settled.value) ? composeServices(settled.value) : undefined,
  )
  const names = computed(() =>
    services.value !== undefined && 'names' in services.value ? services.value.names : [],
  )
  watch(names, (known) => {
    if (!known.includes(service.value)) service.value = known[0] ?? ''
  })
  const usedFolder = computed(() => (isPathLike(folder.value.trim()) ? folder.value.trim() : ''))
  const result = computed<ReadCommand | ReadProblem | undefined>(() => {
    if (settled.value.trim() === '') return undefined
    if (services.value === undefined) return readRunLine(settled.value, usedFolder.value)
    if ('problem' in services.value) return services.value
    return readComposeService(settled.value, service.value, usedFolder.value)
  })
  const problem = computed(() =>
    result.value !== undefined && 'problem' in result.value ? result.value : undefined,
  )
  const command = computed(() =>
    result.value !== undefined && !('problem' in result.value) ? result.value : undefined,
  )
  /** True once the text has needed a folder. The field then stays, so that the user can change the folder. */
  const asksFolder = computed(() => {
    if (settled.value.trim() === '' || problem.value !== undefined) return false
    const without =
      services.value === undefined
        ? readRunLine(settled.value, '')
        : readComposeService(settled.value, service.value, '')
    return !('problem' in without) && without.needsFolder
  })

  const files = computed(() => (command.value?.needsFolder === false ? command.value.files : []))
  /** Says which files `rows` has. */
  const readKey = ref('[]')
  const filesKey = computed(() => JSON.stringify(files.value))
  const isRead = computed(() => readKey.value === filesKey.value)

  async function readFiles(key: string, wanted: readonly NamedFile[]): Promise<void> {
    const read = await Promise.all(
      wanted.map(async ({ path, kind }): Promise<[string, Rows | undefined]> => {
        const found = await api.projectFiles.read({ path }).catch(() => undefined)
        return [path, found === undefined ? undefined : rowsOf(found.text, kind)]
      }),
    )
    if (key !== filesKey.value) return
    rows.value = new Map(read)
    readKey.value = key
  }
  watchDebounced(filesKey, (key) => void readFiles(key, files.value), { debounce: pauseMs })

  /** What the form cannot hold, and the files that Berth cannot read. */
  const notTaken = computed(() => {
    const unread = isRead.value ? files.value.filter(({ path }) => rows.value.get(path) === undefined) : []
    return [...(command.value?.notTaken ?? []), ...unread.map(({ written }) => written)]
  })
  /** The request for the form. Undefined if something is still missing. */
  const request = computed(() => {
    const found = command.value
    if (found === undefined || found.needsFolder || settled.value !== text.value || !isRead.value)
      return undefined
    // The last file overrides the files before it.
    return files.value.reduceRight(
      (known, file) => withFile(known, file, rows.value.get(file.path) ?? []),
      found.request,
    )
  })

  return { text, settled, service, names, folder, problem, command, asksFolder, notTaken, request }
}
