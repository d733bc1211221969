import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'vue/compiler-sfc'
import { describe, expect, it } from 'vitest'
import { checkIds, findings } from '../../../../src/shared/diagnostics'
import { BerthError, errorCodes } from '../../../../src/shared/errors'
import { errorText, findingText, languageOf, phrases } from '../../../../src/shared/i18n'
import { en as english } from '../../../../src/shared/i18n/en'
import { rare as rareEnglish } from '../../../../src/shared/i18n/en/rare'
import { ko as korean } from '../../../../src/shared/i18n/ko'
import { rare as rareKorean } from '../../../../src/shared/i18n/ko/rare'

const en = { ...english, app: { ...english.app, ...rareEnglish } }
const ko = { ...korean, app: { ...korean.app, ...rareKorean } }
const renderer = join(import.meta.dirname, '../../../../src/renderer')
const hangul = /[\uac00-\ud7a3]/

interface Tree {
  [key: string]: string | Tree
}

/** `containers.column.id` → text, for every leaf. A code with a dot in it is one key. */
function leaves(tree: object, prefix = ''): Map<string, string> {
  const found = new Map<string, string>()
  for (const [key, value] of Object.entries(tree as Tree)) {
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

describe('both catalogues', () => {
  const english = leaves(en)
  const korean = leaves(ko)

  it('have the same keys, in the same order', () => {
    expect([...korean.keys()]).toEqual([...english.keys()])
  })

  it('have a text for every key', () => {
    const empty = [...english, ...korean].filter(([, text]) => text.trim() === '').map(([key]) => key)
    expect(empty).toEqual([])
  })

  it('use the same placeholders and the same number of plural forms', () => {
    for (const [key, text] of english) {
      const other = korean.get(key) ?? ''
      expect({ key, names: placeholders(other) }).toEqual({ key, names: placeholders(text) })
      expect({ key, forms: other.split(' | ').length }).toEqual({ key, forms: text.split(' | ').length })
    }
  })

  it('have Korean letters in all Korean texts except names', () => {
    const untranslated = [...korean].filter(([, text]) => !hangul.test(text)).map(([key]) => key)
    const names = [
      'app.app.name',
      'app.commands.actionOn',
      'app.containers.column.cpu',
      'app.builds.dockerfile',
      'app.machine.accelerator.hvf',
      'app.machine.accelerator.kvm',
      'app.machine.facts.cpus',
      'app.networks.ipv6',
      'app.pages.compose',
      'app.processes.column.cpu',
      'app.processes.column.inner',
      'app.settings.dns.title',
      'app.stats.cpu',
      'checks.dns',
      'checks.qemu',
      'app.stack.meter.cpu',
      'app.stack.fact.dockerd',
      'app.stack.fact.containerd',
      'app.stack.fact.runc',
      'findings.qemu.ok.what',
      'app.isolation.view.cgroup',
      'app.isolation.column.cpu',
      'app.isolation.resource.cpu',
      'app.isolation.percent',
      'app.isolation.pathPlaceholder',
      'app.paste.placeholder',
    ]
    expect(untranslated.filter((key) => !names.includes(key))).toEqual([])
  })

  it('explain every error, check and finding, and nothing else', () => {
    for (const { errors, checks, findings: found } of [en, ko]) {
      expect(Object.keys(errors).sort()).toEqual([...errorCodes].sort())
      expect(Object.keys(checks).sort()).toEqual([...checkIds].sort())
      expect(Object.keys(found).sort()).toEqual([...findings].sort())
    }
  })
})

describe('the window', () => {
  const keys = [...leaves(en.app).keys()]
  const code = [...sources('.vue'), ...sources('.ts')]

  it('uses only keys that exist', () => {
    const asked = code.flatMap(({ file, text }) =>
      [...text.matchAll(/\bt\(\s*'([\w.]+)'/g)].map(([, key]) => ({ file, key: key ?? '' })),
    )
    expect(asked.length).toBeGreaterThan(100)
    expect(asked.filter(({ key }) => !keys.includes(key))).toEqual([])
  })

  it('uses every key', () => {
    const text = code.map(({ text }) => text).join('\n')
    // A composed key such as `machine.phase.${…}` uses all keys below machine.phase.
    const groups = [...text.matchAll(/`([\w.]+\.)\$\{/g)].map(([, group]) => group ?? '')
    const asked = (key: string) => text.includes(`'${key}'`) || groups.some((group) => key.startsWith(group))
    expect(keys.filter((key) => !asked(key))).toEqual([])
  })

  it.each(sources('.vue').map(({ file, text }) => [file, text]))(
    'takes the words in the template of %s from the catalogue',
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

describe('texts with parameters', () => {
  it('describe an error in the requested language', () => {
    const error = new BerthError('port.taken', {
      port: 5000,
      protocol: 'tcp',
      address: '127.0.0.1',
      owner: 'x',
    })
    expect(errorText(error, 'en').what).toBe('Port 5000/tcp on 127.0.0.1 is already in use by x.')
    expect(errorText(error, 'ko').what).toContain('5000/tcp')
    expect(errorText(error, 'ko').what).toMatch(hangul)
  })

  it('show the phrases of parameters in the user’s language, and keep other parameters unchanged', () => {
    const params = { port: 5000, protocol: 'tcp', address: '127.0.0.1' }
    const taken = (owner: string) => new BerthError('port.taken', { ...params, owner })
    expect(errorText(taken(phrases['owner-container']), 'en').what).toContain('in use by another container')
    expect(errorText(taken(phrases['owner-container']), 'ko').what).toContain('다른 컨테이너에서')
    expect(errorText(taken('nginx (1234)'), 'ko').what).toContain('nginx (1234)에서')
    const broken = { finding: 'qemu.broken' as const, params: { reason: phrases['version-missing'] } }
    expect(findingText(broken, 'ko').what).toContain('버전을 알려 주지 않습니다')
    expect(new Set(Object.values(phrases)).size).toBe(Object.keys(phrases).length)
  })

  it('describe a finding, with a remedy only if there is one', () => {
    expect(findingText({ finding: 'clock.off', params: { seconds: 9 } }, 'en').what).toContain('9 s off')
    expect(findingText({ finding: 'proxy.none', params: {} }, 'en')).toEqual({ what: 'No proxy is used.' })
  })
})

it('languageOf returns Korean for ko and ko-KR, and English for other languages and for a tag with an underscore', () => {
  expect(['ko', 'ko-KR', 'KO_kr'].map(languageOf)).toEqual(['ko', 'ko', 'en'])
  expect(['en-US', 'kok', 'de'].map(languageOf)).toEqual(['en', 'en', 'en'])
})
