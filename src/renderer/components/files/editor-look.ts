import { HighlightStyle, syntaxHighlighting } from '@codemirror/language'
import { EditorView } from '@codemirror/view'
import { tags } from '@lezer/highlight'

const look = EditorView.theme({
  '&': { height: '100%', color: 'var(--ui-text)', backgroundColor: 'var(--ui-bg)' },
  '&.cm-focused': { outline: 'none' },
  '.cm-scroller': { fontFamily: 'var(--font-mono)', fontSize: '0.75rem', lineHeight: '1.25rem' },
  '.cm-content': { caretColor: 'var(--ui-text-highlighted)' },
  '.cm-cursor': { borderLeftColor: 'var(--ui-text-highlighted)' },
  '.cm-gutters': { color: 'var(--ui-text-dimmed)', backgroundColor: 'var(--ui-bg)', border: 'none' },
  '.cm-activeLine, .cm-activeLineGutter': { backgroundColor: 'var(--berth-row-hover)' },
  '&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground': {
    backgroundColor: 'color-mix(in srgb, var(--ui-primary) 25%, transparent)',
  },
  '.cm-panels': {
    color: 'var(--ui-text)',
    backgroundColor: 'var(--ui-bg-muted)',
    borderColor: 'var(--ui-border)',
  },
  '.cm-panel.cm-search': { padding: '0.375rem 1.25rem' },
  '.cm-textfield': { backgroundColor: 'var(--ui-bg)', border: '1px solid var(--ui-border-accented)' },
  '.cm-button': {
    backgroundImage: 'none',
    backgroundColor: 'var(--ui-bg-elevated)',
    border: '1px solid var(--ui-border-accented)',
  },
})
/** The look of what appears over the text: explanations, suggestions and problems. */
export const tooltipLook = EditorView.theme({
  '.cm-tooltip': {
    color: 'var(--ui-text)',
    backgroundColor: 'var(--ui-bg)',
    border: '1px solid var(--ui-border-accented)',
    borderRadius: '0.375rem',
  },
  '.cm-tooltip-hover': { maxWidth: '22rem', fontSize: '0.75rem' },
  '.cm-diagnostic': { padding: '0.25rem 0.5rem', whiteSpace: 'pre-wrap' },
})
const colours = HighlightStyle.define([
  { tag: [tags.keyword, tags.definitionKeyword, tags.modifier, tags.tagName], color: 'var(--ui-primary)' },
  { tag: [tags.string, tags.special(tags.string), tags.inserted], color: 'var(--ui-success)' },
  { tag: [tags.number, tags.bool, tags.null, tags.atom], color: 'var(--ui-warning)' },
  {
    tag: [tags.propertyName, tags.attributeName, tags.definition(tags.variableName)],
    color: 'var(--ui-info)',
  },
  { tag: [tags.comment, tags.meta], color: 'var(--ui-text-muted)', fontStyle: 'italic' },
  { tag: [tags.deleted, tags.invalid], color: 'var(--ui-error)' },
])

/** The look of every text editor, in Berth's own colours. */
export const editorLook = [look, syntaxHighlighting(colours)]
