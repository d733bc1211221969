import { fillErrorText, type ErrorParams } from '../errors'
import type { CheckId } from './checks'
import type { Finding } from './findings'

export interface FindingText {
  what: string
  todo?: string
}

export interface DiagnosticsTexts {
  checks: Record<CheckId, string>
  findings: Record<Finding, FindingText>
}

/** A finding's texts with its parameters in them. */
export function findingText(texts: DiagnosticsTexts, finding: Finding, params: ErrorParams): FindingText {
  const { what, todo } = texts.findings[finding]
  return {
    what: fillErrorText(what, params),
    ...(todo === undefined ? {} : { todo: fillErrorText(todo, params) }),
  }
}
