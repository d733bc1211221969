import {
  autocompletion,
  type Completion,
  type CompletionContext as Request,
  type CompletionResult,
  startCompletion,
} from '@codemirror/autocomplete'
import { forceLinting, lintGutter, lintKeymap, linter } from '@codemirror/lint'
import { EditorState, type Extension } from '@codemirror/state'
import { EditorView, hoverTooltip, keymap, ViewPlugin } from '@codemirror/view'
import { composeSuggestions, type CompletionContext, type Suggestion } from '../../lib/compose/completion'
import { keyAt } from '../../lib/compose/cursor'
import type { YamlPath } from '../../lib/compose/schema'
import { composeProblems, type Problem } from '../../lib/compose/validation'
import { tooltipLook } from '../files/editor-look'

export interface ComposeLanguageOptions {
  /** What completion and checks know about the project at this moment. */
  context: () => CompletionContext
  problemText: (problem: Problem) => string
  /** The types of a value in the user's language, such as `list, map`. */
  typesText: (types: readonly string[]) => string
  /** What a key means, in the user's language. */
  describe: (path: YamlPath) => string | undefined
  onProblems: (problems: Problem[]) => void
  onText: (text: string) => void
  phrases: Record<string, string>
}

/** How long the user pauses before the text is checked, milliseconds. */
const checkDelayMs = 300

const look = EditorView.theme({
  '.cm-tooltip.cm-tooltip-autocomplete > ul': { fontFamily: 'var(--font-mono)', fontSize: '0.75rem' },
  '.cm-tooltip.cm-tooltip-autocomplete > ul > li': { padding: '0.125rem 0.5rem' },
  '.cm-tooltip-autocomplete ul li[aria-selected]': {
    color: 'var(--ui-text-highlighted)',
    backgroundColor: 'var(--ui-bg-accented)',
  },
  '.cm-completionDetail': { color: 'var(--ui-text-muted)', fontStyle: 'normal' },
  '.cm-completionMatchedText': { textDecoration: 'none', fontWeight: '600' },
  '.cm-tooltip.cm-completionInfo': { maxWidth: '22rem', fontSize: '0.75rem', padding: '0.375rem 0.5rem' },
  '.cm-compose-about': { padding: '0.375rem 0.5rem' },
})

/** Completion, checks and explanations for a compose file in the text editor. */
export function composeLanguage(options: ComposeLanguageOptions): {
  extensions: Extension[]
  recheck: () => void
} {
  let view: EditorView | undefined
  const remember = ViewPlugin.define((created) => {
    view = created
    return { destroy: () => (view = undefined) }
  })

  /** With one character for each line end, as CodeMirror counts positions. */
  const textOf = (state: EditorState) => state.doc.toString()

  function complete({ state, pos, explicit }: Request): CompletionResult | null {
    const found = composeSuggestions(textOf(state), pos, options.context())
    if (found === undefined) return null
    const word = state.sliceDoc(found.from, pos)
    // Without a word, a list of suggestions in every empty line would be in the way.
    if (!explicit && word === '' && !/[:\-[{,] $/.test(state.sliceDoc(Math.max(0, pos - 2), pos))) return null
    const column = found.from - state.doc.lineAt(found.from).from
    return {
      from: found.from,
      to: found.to,
      options: found.list.map((one, index) => completionOf(one, found.to, column, -index)),
      validFor: /^[\w.-]*$/,
    }
  }

  function completionOf(suggestion: Suggestion, to: number, column: number, boost: number): Completion {
    const { label, insert, types, keyPath, kind } = suggestion
    const about = keyPath === undefined ? undefined : options.describe(keyPath)
    return {
      label,
      boost: Math.max(-99, boost),
      ...(types.length === 0 ? {} : { detail: options.typesText(types) }),
      ...(about === undefined ? {} : { info: about }),
      apply: (target, _completion, from) => {
        const text = insert.replaceAll('\n', `\n${' '.repeat(column)}`)
        const cursor = from + text.length
        target.dispatch({
          changes: { from, to, insert: target.state.toText(text) },
          selection: { anchor: cursor },
          userEvent: 'input.complete',
        })
        // After a key, its values follow.
        if (kind === 'key' || insert.endsWith(': ')) startCompletion(target)
      },
    }
  }

  const check = linter(
    ({ state }) => {
      const problems = composeProblems(textOf(state), options.context().project)
      options.onProblems(problems)
      const { length } = state.doc
      return problems.map((problem) => ({
        from: Math.min(problem.from, length),
        to: Math.min(problem.to, length),
        severity: problem.severity,
        message: options.problemText(problem),
      }))
    },
    { delay: checkDelayMs },
  )

  const explain = hoverTooltip(({ state }, position) => {
    const key = keyAt(textOf(state), position)
    const about = key === undefined ? undefined : options.describe(key.path)
    if (key === undefined || about === undefined) return null
    return {
      pos: key.from,
      end: key.to,
      above: true,
      create: () => {
        const dom = document.createElement('div')
        dom.className = 'cm-compose-about'
        dom.textContent = about
        return { dom }
      },
    }
  })

  return {
    extensions: [
      remember,
      look,
      tooltipLook,
      EditorState.phrases.of(options.phrases),
      autocompletion({ override: [complete], icons: false }),
      check,
      lintGutter(),
      keymap.of(lintKeymap),
      explain,
      EditorView.updateListener.of(({ docChanged, state }) => {
        if (docChanged) options.onText(state.sliceDoc())
      }),
    ],
    recheck: () => {
      if (view !== undefined) forceLinting(view)
    },
  }
}
