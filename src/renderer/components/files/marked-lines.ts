import { type Diagnostic, lintGutter, lintKeymap, setDiagnostics } from '@codemirror/lint'
import { type EditorState, type Extension, RangeSetBuilder, StateEffect, StateField } from '@codemirror/state'
import { Decoration, type DecorationSet, EditorView, keymap, ViewPlugin } from '@codemirror/view'
import type { LineMark } from '../../lib/line-marks'
import { tooltipLook } from './editor-look'

const look = EditorView.theme({
  '.cm-failed-line': { backgroundColor: 'color-mix(in srgb, var(--ui-error) 12%, transparent)' },
})
const failedLine = Decoration.line({ class: 'cm-failed-line' })
const showFailed = StateEffect.define<number[]>()

/** The background of the lines with an error. */
const failedLines = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update: (lines, { changes, effects }) => {
    for (const effect of effects) if (effect.is(showFailed)) return decorated(effect.value)
    return lines.map(changes)
  },
  provide: (field) => EditorView.decorations.from(field),
})

function decorated(starts: number[]): DecorationSet {
  const builder = new RangeSetBuilder<Decoration>()
  for (const start of [...new Set(starts)].sort((one, other) => one - other))
    builder.add(start, start, failedLine)
  return builder.finish()
}

/** Marks lines of a text with messages: in the gutter, in the text, and when the mouse is over them. */
export function markedLines(marks: () => readonly LineMark[]): { extensions: Extension[]; show: () => void } {
  let view: EditorView | undefined

  function show(): void {
    if (view === undefined) return
    const { state } = view
    const found = diagnosticsOf(marks(), state)
    const failed = found.filter(({ severity }) => severity === 'error').map(({ lineStart }) => lineStart)
    view.dispatch(setDiagnostics(state, found), { effects: showFailed.of(failed) })
  }
  const remember = ViewPlugin.define((created) => {
    view = created
    // A plugin must not change the view while the view is being made.
    queueMicrotask(show)
    return { destroy: () => (view = undefined) }
  })
  return { extensions: [remember, look, tooltipLook, failedLines, lintGutter(), keymap.of(lintKeymap)], show }
}

function diagnosticsOf(
  marks: readonly LineMark[],
  { doc }: EditorState,
): (Diagnostic & { lineStart: number })[] {
  return marks
    .filter(({ line }) => line >= 1 && line <= doc.lines)
    .map(({ line, severity, text }) => {
      const found = doc.line(line)
      const from = found.from + (found.text.length - found.text.trimStart().length)
      return { from, to: found.to, severity, message: text, lineStart: found.from }
    })
}
