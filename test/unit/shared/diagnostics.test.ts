import { describe, expect, it } from 'vitest'
import {
  checkIds,
  diagnosticsTextsEn,
  diagnosticsTextsKo,
  findings,
  findingText,
} from '../../../src/shared/diagnostics'

const hangul = /[가-힣]/
function placeholders(text = ''): string[] {
  return [...new Set(text.match(/\{\w+\}/g) ?? [])].sort()
}

describe('what the checks say', () => {
  it('is Korean throughout, with the placeholders of the English texts', () => {
    for (const finding of findings) {
      const [english, korean] = [diagnosticsTextsEn.findings[finding], diagnosticsTextsKo.findings[finding]]
      expect({ finding, has: korean.todo !== undefined }).toEqual({
        finding,
        has: english.todo !== undefined,
      })
      expect({ finding, names: placeholders(korean.what) }).toEqual({
        finding,
        names: placeholders(english.what),
      })
      expect({ finding, names: placeholders(korean.todo) }).toEqual({
        finding,
        names: placeholders(english.todo),
      })
      if (finding !== 'qemu.ok') expect(korean.what).toMatch(hangul)
      if (korean.todo !== undefined) expect(korean.todo).toMatch(hangul)
    }
  })

  it('has a title for every check', () => {
    for (const check of checkIds) expect(diagnosticsTextsKo.checks[check]).not.toBe('')
  })

  it('is told with its parameters', () => {
    expect(findingText(diagnosticsTextsEn, 'clock.off', { seconds: 9 }).what).toContain('9 s off')
    expect(findingText(diagnosticsTextsEn, 'proxy.none', {})).toEqual({ what: 'No proxy is used.' })
  })
})
