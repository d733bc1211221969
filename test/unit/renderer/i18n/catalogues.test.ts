import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'vue/compiler-sfc'
import { describe, expect, it } from 'vitest'
import { errorTextOf } from '../../../../src/renderer/i18n'
import { en } from '../../../../src/renderer/i18n/en'
import { ko } from '../../../../src/renderer/i18n/ko'
import { BerthError, errorCodes, errorTextsEn, errorTextsKo } from '../../../../src/shared/errors'

const renderer = join(import.meta.dirname, '../../../../src/renderer')
const hangul = /[\uac00-\ud7a3]/

interface Tree {
  [key: string]: string | Tree
}

/** `containers.column.id` → text, for every leaf. */
function leaves(tree: Tree, prefix = ''): Map<string, string> {
  const found = new Map<string, string>()
  for (const [key, value] of Object.entries(tree)) {
    if (typeof value === 'string') found.set(prefix + key, value)
    else for (const [path, text] of leaves(value, `${prefix}${key}.`)) found.set(path, text)
  }
  return found
}
function placeholders(text: string): string[] {
  return [...new Set(text.match(/\{\w+\}/g) ?? [])].sort()
}
function sources(extension: string): { file: string; text: string }[] {
  return readdirSync(renderer, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith(extension))
    .map((file) => ({ file, text: readFileSync(join(renderer, file), 'utf8') }))
}

const english = leaves(en)
const korean = leaves(ko)

describe('the catalogues', () => {
  it('hold the same keys', () => {
    expect([...korean.keys()]).toEqual([...english.keys()])
  })

  it('use the same placeholders and the same number of plural forms', () => {
    for (const [key, text] of english) {
      const other = korean.get(key) ?? ''
      expect({ key, names: placeholders(other) }).toEqual({ key, names: placeholders(text) })
      expect({ key, forms: other.split(' | ').length }).toEqual({ key, forms: text.split(' | ').length })
    }
  })

  it('are translated: Korean texts are Korean', () => {
    const untranslated = [...korean].filter(([, text]) => !hangul.test(text)).map(([key]) => key)
    const names = ['app.name', 'machine.accelerator.hvf', 'machine.accelerator.kvm', 'machine.facts.cpus']
    expect(untranslated.filter((key) => !names.includes(key))).toEqual([])
  })

  it('hold every key that the components ask for', () => {
    const asked = [...sources('.vue'), ...sources('.ts')].flatMap(({ file, text }) =>
      [...text.matchAll(/\bt\(\s*'([\w.]+)'/g)].map(([, key]) => ({ file, key: key ?? '' })),
    )
    expect(asked.length).toBeGreaterThan(100)
    expect(asked.filter(({ key }) => !english.has(key))).toEqual([])
  })

  it('hold nothing that no component asks for', () => {
    const code = [...sources('.vue'), ...sources('.ts')]
      .filter(({ file }) => !file.startsWith('i18n'))
      .map(({ text }) => text)
      .join('\n')
    // Keys that are put together: `machine.phase.${…}` asks for everything below machine.phase.
    const groups = [...code.matchAll(/`([\w.]+\.)\$\{/g)].map(([, group]) => group ?? '')
    const asked = (key: string) => code.includes(`'${key}'`) || groups.some((group) => key.startsWith(group))
    expect([...english.keys()].filter((key) => !asked(key))).toEqual([])
  })
})

describe('templates', () => {
  it.each(sources('.vue').map(({ file, text }) => [file, text]))(
    '%s says nothing past the catalogues',
    (_file, text) => {
      const template = parse(text).descriptor.template?.content ?? ''
      const spoken = template
        .replace(/<!--[\s\S]*?-->/g, '')
        .replace(/\{\{[\s\S]*?\}\}/g, '')
        .replace(/<\/?[\w-]+(?:"[^"]*"|[^">])*>/g, '')
      expect(spoken).not.toMatch(/[a-z]{2,}/i)
      expect(template).not.toMatch(/\s(?:aria-label|title|placeholder|label|alt)="[^"]+"/)
    },
  )
})

describe('the error catalogue', () => {
  it('is Korean throughout, with the placeholders of the English one', () => {
    for (const code of errorCodes) {
      const [english, korean] = [errorTextsEn[code], errorTextsKo[code]]
      expect(korean.what).toMatch(hangul)
      expect(korean.todo).toMatch(hangul)
      expect({ code, names: placeholders(korean.what) }).toEqual({ code, names: placeholders(english.what) })
      expect({ code, names: placeholders(korean.todo) }).toEqual({ code, names: placeholders(english.todo) })
    }
  })

  it('tells an error in the language asked for, parameters filled in', () => {
    const error = new BerthError('port.taken', {
      port: 5000,
      protocol: 'tcp',
      address: '127.0.0.1',
      owner: 'x',
    })
    expect(errorTextOf(error, 'en').what).toBe('Port 5000/tcp on 127.0.0.1 is already in use by x.')
    expect(errorTextOf(error, 'ko').what).toContain('5000/tcp')
    expect(errorTextOf(error, 'ko').what).toMatch(hangul)
  })
})
