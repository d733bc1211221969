import { computed, effectScope, onScopeDispose, ref, watch, type EffectScope } from 'vue'
import { projectFileKind, projectFileName, type ProjectFileKind } from '../../shared/project-files'
import type { BerthError } from '../../shared/errors'
import { api, useWatch } from '../api'
import type { CompletionContext } from '../lib/compose/completion'
import { projectNames } from '../lib/compose/project-names'
import { useFileDrafts } from '../stores/file-drafts'
import { useEngine } from '../stores/engine'

export interface ComposeTab {
  path: string
  /** The path below the project's folder, or the whole path. */
  name: string
  kind: ProjectFileKind
  /** True for a compose file of the folder that the project does not use. */
  isUnused: boolean
}

/**
 * The files of a compose project: those that it uses, those that they include, and the others of its folder. Follows
 * their changes on disk. A file with a text that is not saved stays when it is gone from the disk.
 */
export function useProjectFiles(project: () => { folder: string; files: string[]; includes: string[] }) {
  const drafts = useFileDrafts()
  const engine = useEngine()
  const listed = ref<string[]>([])
  const listing = ref(true)
  const listError = ref<BerthError>()
  const followed = new Map<string, EffectScope>()
  /** The files of the folder that have been shown. A file that the project uses may be outside of the folder. */
  const shown = new Set<string>()
  let listedFolder: string | undefined

  const tabs = computed((): ComposeTab[] => {
    const { folder, files, includes } = project()
    const edited = drafts.edited.filter((path) => isDirectlyIn(path, folder) || shown.has(path))
    return [...new Set([...files, ...includes, ...listed.value, ...edited])].flatMap((path) => {
      const kind = projectFileKind(path)
      const name = below(path, folder) ?? path
      const isUnused = kind === 'compose' && !files.includes(path) && !includes.includes(path)
      return kind === undefined ? [] : [{ path, name, kind, isUnused }]
    })
  })
  const names = computed(() =>
    projectNames(
      project()
        .files.filter((path) => projectFileKind(path) === 'compose')
        .map((path) => drafts.get(path)?.text),
    ),
  )
  const context = computed((): CompletionContext => {
    const namesOf = (kind: ProjectFileKind) =>
      tabs.value.flatMap((tab) => (tab.kind === kind ? [tab.name] : []))
    return {
      project: names.value,
      images: [...engine.images.values()].flatMap(({ tags }) => tags).sort(),
      envFiles: namesOf('env'),
      dockerfiles: namesOf('dockerfile'),
    }
  })

  /** A file that the project does not use may belong to other files, whose names Berth does not know. */
  const contextOfUnused = computed((): CompletionContext => ({
    ...context.value,
    project: { ...names.value, complete: false, files: 2 },
  }))

  function list(folder: string): void {
    listing.value = true
    listError.value = undefined
    keep(folder, () => {
      useWatch(
        (signal) => api.projectFiles.list({ folder }, { signal }),
        (found) => {
          listed.value = found.map(({ path }) => path)
          listError.value = undefined
          listing.value = false
        },
        (failure) => {
          listError.value = failure
          listing.value = false
        },
      )
    })
  }
  /** Reads a file now and after every change of it on disk. */
  function follow(path: string): void {
    shown.add(path)
    keep(path, () => {
      useWatch(
        (signal) => api.projectFiles.watch({ path }, { signal }),
        ({ version }) => void drafts.seen(path, version),
        () => void drafts.load(path),
      )
    })
  }
  /** Keeps the streams of a file or folder open until the project is in another folder. */
  function keep(path: string, open: () => void): void {
    if (followed.has(path)) return
    const scope = effectScope(true)
    followed.set(path, scope)
    scope.run(open)
  }
  function stop(): void {
    for (const scope of followed.values()) scope.stop()
    followed.clear()
  }

  watch(
    () => JSON.stringify(project()),
    () => {
      const { folder, files } = project()
      // In the same folder, the list stays. Without it, the editors of the other files would go, with the focus.
      if (folder !== listedFolder) {
        listedFolder = folder
        stop()
        shown.clear()
        listed.value = []
        list(folder)
      }
      // The names of a project are in all of its files.
      for (const path of files) if (projectFileKind(path) === 'compose') follow(path)
    },
    { immediate: true },
  )
  onScopeDispose(stop)

  return { tabs, listing, listError, context, contextOfUnused, follow }
}

function isDirectlyIn(path: string, folder: string): boolean {
  const name = below(path, folder)
  return name !== undefined && name === projectFileName(name)
}

function below(path: string, folder: string): string | undefined {
  const base = folder.replace(/[\\/]+$/, '')
  const rest = path.slice(base.length)
  return path.startsWith(base) && /^[\\/]/.test(rest) && projectFileName(rest) !== ''
    ? rest.slice(1)
    : undefined
}
